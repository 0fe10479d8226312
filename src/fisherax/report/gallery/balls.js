// The ball of a point in any chart: its ellipse, and the set of equal divergence, found along rays.

function inverse(m) {
  var d = m[0][0] * m[1][1] - m[0][1] * m[1][0];
  return [[m[1][1] / d, -m[0][1] / d], [-m[1][0] / d, m[0][0] / d]];
}
function apply(m, v) { return [m[0][0] * v[0] + m[0][1] * v[1], m[1][0] * v[0] + m[1][1] * v[1]]; }
function root(m) { // the symmetric root of a positive 2 × 2 matrix: (M + √det M)/√(tr M + 2√det M)
  var s = Math.sqrt(m[0][0] * m[1][1] - m[0][1] * m[1][0]), t = Math.sqrt(m[0][0] + m[1][1] + 2 * s);
  return [[(m[0][0] + s) / t, m[0][1] / t], [m[1][0] / t, (m[1][1] + s) / t]];
}

function metricIn(family, chart, u) { // JᵀGJ, with J by central differences of fourth order
  var columns = [0, 1].map(function (k) {
    var h = 1e-4 * (chart.step ? chart.step[k] : 1);
    function at(n) { var v = u.slice(); v[k] += n * h; return chart.to(v); }
    var a = at(1), b = at(-1), c = at(2), d = at(-2);
    return [0, 1].map(function (i) { return (8 * (a[i] - b[i]) - (c[i] - d[i])) / (12 * h); });
  });
  var g = family.metric(chart.to(u));
  return [0, 1].map(function (i) {
    return [0, 1].map(function (j) {
      var gj = apply(g, columns[j]);
      return columns[i][0] * gj[0] + columns[i][1] * gj[1];
    });
  });
}

function whitenedAt(family, theta) { // w = G^{½}(θ − θ₀): the chart in which the ball at θ₀ is a circle
  var forth = root(family.metric(theta)), back = inverse(forth);
  return { names: ["w₁", "w₂"], equal: true, local: true, window: [-1.75, 1.75, -1.4, 1.4],
    to: function (w) { var d = apply(back, w); return [theta[0] + d[0], theta[1] + d[1]]; },
    from: function (t) { return apply(forth, [t[0] - theta[0], t[1] - theta[1]]); } };
}

function ballAround(family, chart, theta, radius, exact, rays) {
  var u = chart.from(theta), half = inverse(root(metricIn(family, chart, u)));
  var ball = [], level = [], least = Infinity, most = 0;
  for (var k = 0; k < rays; k += 1) {
    var angle = 2 * Math.PI * k / rays;
    var step = apply(half, [radius * Math.cos(angle), radius * Math.sin(angle)]);
    ball.push([u[0] + step[0], u[1] + step[1]]);
    if (!exact) { continue; }
    var excess = excessAlong(family, chart, theta, u, step, radius), onBall = excess(1);
    if (isFinite(onBall)) {
      least = Math.min(least, onBall);
      most = Math.max(most, onBall);
    } else { most = Infinity; }
    var share = crossing(excess);
    level.push(isFinite(share) ? [u[0] + share * step[0], u[1] + share * step[1]] : null);
  }
  return { centre: u, ball: ball, level: level, least: least + radius * radius / 2, most: most + radius * radius / 2 };
}

function excessAlong(family, chart, theta, u, step, radius) {
  return function (share) { // KL − r²/2; infinite outside of the space
    var other = chart.to([u[0] + share * step[0], u[1] + share * step[1]]);
    if (!family.inside(other)) { return Infinity; }
    var kl = family.kl(theta, other);
    return isFinite(kl) ? kl - radius * radius / 2 : Infinity;
  };
}

function crossing(excess) { // the first zero of a function that is negative at 0
  var low = 0, high = 0.25;
  while (excess(high) <= 0) {
    low = high;
    high *= 1.2;
    if (high > 8) { return NaN; }
  }
  for (var k = 0; k < 48; k += 1) {
    var middle = (low + high) / 2;
    if (excess(middle) > 0) { high = middle; } else { low = middle; }
  }
  return isFinite(excess(high)) ? high : NaN;
}
