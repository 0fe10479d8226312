// A panel that can be handled: axes, handles that are dragged or moved by the arrow keys, and controls.

var SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, parent) {
  var node = document.createElementNS(SVG, name);
  Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
  if (parent) { parent.appendChild(node); }
  return node;
}
function niceTicks(low, high, most) {
  var rough = (high - low) / most, power = Math.pow(10, Math.floor(Math.log10(rough)));
  var step = [1, 2, 5, 10].map(function (m) { return m * power; }).find(function (s) { return s >= rough; });
  var found = [];
  for (var k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) { found.push(k * step); }
  return found;
}
function written(x, digits) {
  if (!isFinite(x)) { return "∞"; }
  var text = String(Number(x.toPrecision(digits || 3)));
  return text.replace("-", "−");
}

function View(width, chart, w) { // between a chart's coordinates in the window w and pixels
  var left = chart.bare ? 8 : 46, bottom = chart.bare ? 8 : 40, top = chart.bare ? 8 : 24, right = 8;
  var height = Math.round(chart.equal ? Math.min(width * 0.82, 440) : Math.min(width * 0.72, 420));
  if (chart.equal && !chart.bare) { // as high as the window asks at one scale
    height = Math.round((width - left - right) * (w[3] - w[2]) / (w[1] - w[0])) + top + bottom;
  }
  var box = { x: left, y: top, width: width - left - right, height: height - top - bottom };
  var sx = box.width / (w[1] - w[0]), sy = box.height / (w[3] - w[2]);
  var middle = [(w[0] + w[1]) / 2, (w[2] + w[3]) / 2];
  if (chart.equal) { sx = sy = Math.min(sx, sy); }
  this.box = box;
  this.height = height;
  this.toPixels = function (u) {
    return [box.x + box.width / 2 + (u[0] - middle[0]) * sx, box.y + box.height / 2 - (u[1] - middle[1]) * sy];
  };
  this.fromPixels = function (p) {
    return [middle[0] + (p[0] - box.x - box.width / 2) / sx, middle[1] - (p[1] - box.y - box.height / 2) / sy];
  };
  this.path = function (points, closed) {
    var text = "", pen = false;
    points.forEach(function (u) {
      if (!u || !isFinite(u[0]) || !isFinite(u[1])) { pen = false; return; }
      var p = this.toPixels(u);
      if (Math.abs(p[0]) > 1e4 || Math.abs(p[1]) > 1e4) { pen = false; return; }
      text += (pen ? "L" : "M") + p[0].toFixed(2) + " " + p[1].toFixed(2);
      pen = true;
    }, this);
    return text + (closed && points.every(Boolean) ? "Z" : "");
  };
}

function drawAxes(svg, view, chart, ident) {
  var box = view.box, clip = element("clipPath", { id: ident + "-clip" }, element("defs", {}, svg));
  element("rect", box, clip);
  if (chart.bare) { return; }
  element("path", { class: "axis", d: "M" + box.x + " " + box.y + "v" + box.height + "h" + box.width }, svg);
  var low = view.fromPixels([box.x, box.y + box.height]), high = view.fromPixels([box.x + box.width, box.y]);
  niceTicks(low[0], high[0], Math.max(3, box.width / 75)).forEach(function (tick) {
    var x = view.toPixels([tick, low[1]])[0], y = box.y + box.height;
    element("path", { class: "axis", d: "M" + x.toFixed(1) + " " + y + "v4" }, svg);
    element("text", { x: x.toFixed(1), y: y + 16, "text-anchor": "middle" }, svg).textContent = written(tick, 6);
  });
  niceTicks(low[1], high[1], Math.max(3, box.height / 55)).forEach(function (tick) {
    var y = view.toPixels([low[0], tick])[1];
    element("path", { class: "axis", d: "M" + box.x + " " + y.toFixed(1) + "h-4" }, svg);
    element("text", { x: box.x - 7, y: (y + 4).toFixed(1), "text-anchor": "end" }, svg).textContent = written(tick, 6);
  });
  var x = box.x + box.width / 2, y = box.y + box.height + 34;
  element("text", { x: x, y: y, "text-anchor": "middle" }, svg).textContent = chart.names[0];
  element("text", { x: 4, y: 13, "text-anchor": "start" }, svg).textContent = chart.names[1];
}

function Panel(host, options) {
  // options: charts {name: chart}, handles [θ, …], names of the handles, radius [least, most, first], draw(panel)
  var panel = this, ident = host.id;
  this.handles = options.handles.map(function (t) { return t.slice(); });
  this.radius = options.radius[2];
  this.chartName = options.first || Object.keys(options.charts)[0];
  this.options = options;

  var controls = document.createElement("div");
  controls.className = "controls";
  controls.innerHTML = '<label>Parameterisation <select id="' + ident + '-chart"></select></label>'
    + "<label>" + options.sliderName + ' <input type="range" id="' + ident + '-radius" min="' + options.radius[0]
    + '" max="' + options.radius[1] + '" step="any" value="' + this.radius + '"> <output></output></label>';
  var select = controls.querySelector("select"), slider = controls.querySelector("input");
  this.output = controls.querySelector("output");
  Object.keys(options.charts).concat(options.extra || []).forEach(function (name) {
    var item = document.createElement("option");
    item.textContent = item.value = name;
    select.appendChild(item);
  });
  select.value = this.chartName;
  this.svg = element("svg", { class: "live-picture", role: "group", "aria-label": options.title });
  this.readout = document.createElement("p");
  this.readout.className = "readout";
  this.readout.setAttribute("aria-live", "polite");
  host.append(controls, this.svg, this.readout);
  host.hidden = false;
  host.fisherax = this; // for scripts that drive the page

  select.addEventListener("change", function () { panel.chartName = select.value; panel.draw(); });
  slider.addEventListener("input", function () { panel.radius = Number(slider.value); panel.draw(); });
  new ResizeObserver(function () { panel.draw(); }).observe(host);
  this.listen();
  this.draw();
}

function windowWith(chart, handles) { // a chart's window, wide enough for all handles; it stays while one is dragged
  var w = chart.window.slice();
  if (chart.local) { return w; }
  handles.forEach(function (theta) {
    chart.from(theta).forEach(function (x, k) {
      var low = 2 * k, high = 2 * k + 1, room = 0.06 * (w[high] - w[low]);
      if (x < w[low]) { w[low] = x - room; }
      if (x > w[high]) { w[high] = x + room; }
    });
  });
  return w;
}

Panel.prototype.draw = function () {
  var width = Math.max(260, Math.min(this.readout.clientWidth || 520, 620));
  var active = document.activeElement, focused = active && active.dataset ? active.dataset.handle : undefined;
  var held = active && this.svg.contains(active);
  this.chart = this.options.chart(this);
  if (!this.dragging) { this.window = windowWith(this.chart, this.handles); }
  this.view = new View(width, this.chart, this.window);
  this.svg.setAttribute("viewBox", "0 0 " + width + " " + this.view.height);
  this.svg.setAttribute("width", width);
  this.svg.setAttribute("height", this.view.height);
  this.svg.textContent = "";
  drawAxes(this.svg, this.view, this.chart, this.svg.parentNode.id);
  this.layer = element("g", { "clip-path": "url(#" + this.svg.parentNode.id + "-clip)" }, this.svg);
  this.output.textContent = written(this.radius, 2);
  this.options.draw(this);
  var places = this.handles.map(function (theta) { return this.view.toPixels(this.chart.from(theta)); }, this);
  var middle = places.reduce(function (sum, p) { return sum + p[0]; }, 0) / places.length;
  this.handles.forEach(function (theta, k) {
    var p = places[k], left = p[0] < middle; // names stand away from the lines between the points
    var group = element("g", { class: "handle", tabindex: "0", role: "button", "data-handle": k,
      "aria-label": this.options.names[k] + ", drag or use the arrow keys",
      transform: "translate(" + p[0].toFixed(2) + " " + p[1].toFixed(2) + ")" }, this.svg);
    element("circle", { class: "reach", r: 20 }, group);
    element("circle", { class: "dot", r: 5.5 }, group);
    if (this.handles.length > 1) {
      element("text", { x: left ? -9 : 9, y: -6, "text-anchor": left ? "end" : "start" }, group).textContent
        = this.options.names[k];
    }
    if (held && focused === String(k)) { group.focus({ preventScroll: true }); }
  }, this);
};

Panel.prototype.line = function (kind, points, closed) {
  return element("path", { class: kind, d: this.view.path(points, closed) }, this.layer);
};

Panel.prototype.move = function (k, u) { // a handle to a place of the chart, if a member is there
  var w = this.window;
  if (!this.chart.local && !this.chart.bare) { // no further than what is seen
    u = [0, 1].map(function (i) { return Math.min(Math.max(u[i], w[2 * i]), w[2 * i + 1]); });
  }
  var theta = this.chart.to(u);
  if (this.options.allowed(theta)) { this.handles[k] = theta; this.draw(); }
};

Panel.prototype.listen = function () {
  var panel = this, svg = this.svg, dragged = null, before = null;
  function place(event) {
    var frame = svg.getBoundingClientRect(), scale = frame.width ? svg.viewBox.baseVal.width / frame.width : 1;
    return [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
  }
  function moved(p) { // in the local chart the centre stays in the middle, so that steps count
    if (!panel.chart.local) { return panel.view.fromPixels(p); }
    var a = panel.view.fromPixels(before), b = panel.view.fromPixels(p);
    before = p;
    return [b[0] - a[0], b[1] - a[1]];
  }
  svg.addEventListener("pointerdown", function (event) {
    var group = event.target.closest ? event.target.closest(".handle") : null, p = place(event);
    before = p;
    if (group) {
      dragged = Number(group.dataset.handle);
      panel.dragging = true;
    } else if (event.pointerType === "mouse" && !panel.chart.local) { // beside a handle: the nearest one jumps there
      var distances = panel.handles.map(function (theta) {
        var at = panel.view.toPixels(panel.chart.from(theta));
        return Math.hypot(at[0] - p[0], at[1] - p[1]);
      });
      dragged = distances.indexOf(Math.min.apply(null, distances));
      panel.dragging = true;
      panel.move(dragged, moved(p));
    }
    if (dragged !== null) {
      try { svg.setPointerCapture(event.pointerId); } catch (error) { /* a pointer that is no longer there */ }
      event.preventDefault();
    }
  });
  svg.addEventListener("pointermove", function (event) {
    if (dragged !== null) { panel.move(dragged, moved(place(event))); }
  });
  ["pointerup", "pointercancel"].forEach(function (name) {
    svg.addEventListener(name, function () { dragged = null; panel.dragging = false; });
  });
  svg.addEventListener("keydown", function (event) {
    var steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    var group = event.target.closest(".handle");
    if (!steps || !group) { return; }
    event.preventDefault();
    var k = Number(group.dataset.handle), p = panel.view.toPixels(panel.chart.from(panel.handles[k]));
    panel.move(k, panel.view.fromPixels([p[0] + 6 * steps[0], p[1] + 6 * steps[1]]));
  });
};
