// The half-plane of normal distributions: x = μ/√2 and y = σ have the metric 2 (dx² + dy²)/y².

var SHARES = Array.from({ length: 121 }, function (_, k) { return k / 120; });

function shortest(p, q) {
  var a = [p[0] / Math.SQRT2, p[1]], b = [q[0] / Math.SQRT2, q[1]];
  if (Math.abs(a[0] - b[0]) < 1e-9 * (a[1] + b[1])) { // straight up: ln σ moves evenly
    return SHARES.map(function (t) { return [p[0], p[1] * Math.pow(q[1] / p[1], t)]; });
  }
  var centre = (b[0] * b[0] - a[0] * a[0] + b[1] * b[1] - a[1] * a[1]) / (2 * (b[0] - a[0]));
  var size = Math.hypot(a[0] - centre, a[1]);
  var from = Math.atanh((a[0] - centre) / size), to = Math.atanh((b[0] - centre) / size);
  return SHARES.map(function (t) { // on the half-circle, arc length is the inverse hyperbolic tangent
    var s = from + t * (to - from);
    return [Math.SQRT2 * (centre + size * Math.tanh(s)), size / Math.cosh(s)];
  });
}
function straight(forth, back) {
  return function (p, q) {
    var a = forth(p), b = forth(q);
    return SHARES.map(function (t) { return back([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]); });
  };
}
var NORMAL_CHARTS = FAMILIES.normal.charts;
var eGeodesic = straight(NORMAL_CHARTS["information form"].from, NORMAL_CHARTS["information form"].to);
var mGeodesic = straight(NORMAL_CHARTS.expectations.from, NORMAL_CHARTS.expectations.to);

function circleAt(p, distance) { // a circle of the half-plane is one for a ruler too, with its centre higher up
  var rho = distance / Math.SQRT2, size = p[1] * Math.sinh(rho), height = p[1] * Math.cosh(rho);
  return SHARES.map(function (t) {
    return [p[0] + Math.SQRT2 * size * Math.cos(2 * Math.PI * t), height + size * Math.sin(2 * Math.PI * t)];
  });
}
function rao(p, q) {
  var d = (p[0] - q[0]) * (p[0] - q[0]) / 2 + (p[1] - q[1]) * (p[1] - q[1]);
  return Math.SQRT2 * Math.acosh(1 + d / (2 * p[1] * q[1]));
}
function lengthOf(line) { // the distances of neighbours: too short by far less than is shown
  var sum = 0;
  for (var k = 1; k < line.length; k += 1) { sum += rao(line[k - 1], line[k]); }
  return sum;
}
