// The panels of this page.

var WHITENED = "whitened at the centre";

function nats(x) { return isFinite(x) ? written(x, 3) + " nats" : "outside of the family"; }

function sameLine(sampled, chart) { return sampled.map(function (theta) { return chart.from(theta); }); }

function ballScene(host, family, settings) {
  return new Panel(host, {
    title: settings.title, names: ["centre"], handles: [settings.centre], sliderName: "Radius r",
    radius: [0.03, 1, 0.3], charts: family.charts, extra: settings.whitened ? [WHITENED] : [],
    first: settings.first, allowed: family.allowed,
    chart: function (panel) {
      return panel.chartName === WHITENED
        ? whitenedAt(family, panel.handles[0]) : family.charts[panel.chartName];
    },
    draw: function (panel) {
      var chart = panel.chart, theta = panel.handles[0];
      (settings.outlines || []).forEach(function (outline) {
        panel.line("outline", sameLine(outline, chart), false);
      });
      settings.others.forEach(function (other) {
        panel.line("other", ballAround(family, chart, other, settings.otherRadius, false, 40).ball, true);
      });
      if (settings.mark) { settings.mark(panel, family); }
      var found = panel.found = ballAround(family, chart, theta, panel.radius, true, 96);
      panel.line("ball", found.ball, true);
      panel.line("level", found.level, true);
      if (chart.bare) { nameCorners(panel); }
      var names = family.names, rule = panel.radius * panel.radius / 2;
      panel.readout.textContent = "Centre " + names[0] + " = " + written(theta[0]) + ", " + names[1] + " = "
        + written(theta[1]) + ". On the solid line the divergence is r²/2 = " + nats(rule)
        + "; on the dashed one it runs from " + nats(found.least) + " to " + nats(found.most)
        + (settings.say ? ". " + settings.say(panel, family) : ".");
    }
  });
}

function nameCorners(panel) {
  [[1, 0], [0, 1], [0, 0]].forEach(function (corner, k) {
    var p = panel.view.toPixels(panel.chart.from(corner));
    element("text", { x: (p[0] + [-14, 14, 0][k]).toFixed(1), y: (p[1] + (k === 2 ? -7 : 17)).toFixed(1), "text-anchor": "middle" },
      panel.svg).textContent = "p" + "₁₂₃"[k] + " = 1";
  });
}

function grid(first, second, make) {
  var found = [];
  first.forEach(function (a) { second.forEach(function (b) { found.push(make(a, b)); }); });
  return found;
}

function edge(from, to) { // members along a side of the simplex, all but on it
  return SHARES.map(function (t) {
    var p = [0, 1, 2].map(function (i) { return (1 - t) * from[i] + t * to[i] + 1e-9; });
    return [p[0], p[1]];
  });
}

var SCENES = {
  normal: function (host) {
    ballScene(host, FAMILIES.normal, {
      title: "Fisher balls of the normal distribution", centre: [0.6, 0.8], whitened: true, otherRadius: 0.2,
      others: grid([-2, -1, 0, 1, 2], [0.45, 0.7, 1.1, 1.7], function (m, s) { return [m, s]; })
    });
  },
  geodesics: function (host) {
    var family = FAMILIES.normal;
    new Panel(host, {
      title: "Geodesics of the half-plane", names: ["p", "q"], handles: [[-1.5, 0.6], [1.6, 0.8]],
      sliderName: "Circle at distance", radius: [0.1, 2.5, 1], charts: family.charts, allowed: family.allowed,
      chart: function (panel) { return family.charts[panel.chartName]; },
      draw: function (panel) {
        var p = panel.handles[0], q = panel.handles[1], chart = panel.chart;
        var lines = { shortest: shortest(p, q), e: eGeodesic(p, q), m: mGeodesic(p, q) };
        panel.found = { circle: circleAt(p, panel.radius), lines: lines };
        panel.line("circle", sameLine(panel.found.circle, chart), true);
        Object.keys(lines).forEach(function (kind) { panel.line(kind, sameLine(lines[kind], chart), false); });
        panel.readout.textContent = "Distance of p and q: " + written(rao(p, q)) + " (solid). Along the e-geodesic "
          + "(dashed) it is " + written(lengthOf(lines.e)) + " far, along the m-geodesic (dotted) "
          + written(lengthOf(lines.m)) + ".";
      }
    });
  },
  simplex: function (host) {
    var corners = [[1, 0, 0], [0, 1, 0], [0, 0, 1]], others = [];
    [1, 2, 3, 4, 5, 6].forEach(function (a) {
      for (var b = 1; a + b < 8; b += 1) { others.push([a / 8, b / 8]); }
    });
    ballScene(host, FAMILIES.simplex, {
      title: "Fisher balls of three categories", centre: [0.2, 0.2], whitened: false, otherRadius: 0.12, others: others,
      outlines: [edge(corners[0], corners[1]), edge(corners[1], corners[2]), edge(corners[2], corners[0])],
      say: function (panel) {
        var t = panel.handles[0];
        return "There is p₃ = " + written(1 - t[0] - t[1]) + ".";
      }
    });
  },
  gamma: function (host) {
    var fit = JSON.parse(host.dataset.fit);
    ballScene(host, FAMILIES.gamma, {
      title: "Fisher balls of the Gamma family around a fit", centre: [fit.concentration, fit.rate], whitened: true,
      otherRadius: 0.2, others: grid([750, 920, 1100], [8, 15, 30, 55], function (m, a) { return [a, a / m]; }),
      mark: function (panel, family) {
        var at = [fit.concentration, fit.rate];
        panel.line("fit", ballAround(family, panel.chart, at, fit.radius, true, 96).level, true);
      },
      say: function (panel, family) {
        var t = panel.handles[0];
        return "From the fit (the dotted line is its " + fit.level + " region) the centre is "
          + nats(family.kl([fit.concentration, fit.rate], t)) + " away.";
      }
    });
  }
};

document.querySelectorAll(".live[data-scene]").forEach(function (host) { SCENES[host.dataset.scene](host); });
