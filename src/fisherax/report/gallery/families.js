// Three families in closed form: G, KL, and the charts that they are drawn in. θ is always a pair of numbers.

function shifted(x, term) { // Σ term(x), term(x + 1), … until x is large enough for an asymptotic series
  var sum = 0;
  while (x < 12) { sum += term(x); x += 1; }
  return [x, sum];
}
function digamma(x) {
  var at = shifted(x, function (x) { return -1 / x; }), f = 1 / (at[0] * at[0]);
  return at[1] + Math.log(at[0]) - 0.5 / at[0]
    - f * (1 / 12 - f * (1 / 120 - f * (1 / 252 - f * (1 / 240 - f * (1 / 132 - f * 691 / 32760)))));
}
function trigamma(x) {
  var at = shifted(x, function (x) { return 1 / (x * x); }), f = 1 / (at[0] * at[0]);
  return at[1] + 1 / at[0] + f / 2
    + f / at[0] * (1 / 6 - f * (1 / 30 - f * (1 / 42 - f * (1 / 30 - f * (5 / 66 - f * 691 / 2730)))));
}
function logGamma(x) {
  var at = shifted(x, function (x) { return -Math.log(x); }), f = 1 / (at[0] * at[0]);
  return at[1] + (at[0] - 0.5) * Math.log(at[0]) - at[0] + 0.5 * Math.log(2 * Math.PI)
    + 1 / at[0] * (1 / 12 - f * (1 / 360 - f * (1 / 1260 - f * (1 / 1680 - f / 1188))));
}

var ROOT3 = Math.sqrt(3);
// An orthonormal frame whose third direction is (1, 1, 1): the sphere seen from the middle of its octant.
var EAST = [-Math.SQRT1_2, Math.SQRT1_2, 0];
var NORTH = [-1 / Math.sqrt(6), -1 / Math.sqrt(6), 2 / Math.sqrt(6)];

var FAMILIES = {
  normal: {
    names: ["μ", "σ"],
    inside: function (t) { return t[1] > 0 && isFinite(t[0]) && isFinite(t[1]); },
    allowed: function (t) { return t[1] > 0.15 && t[1] < 2.5 && Math.abs(t[0]) < 2.9; },
    metric: function (t) { return [[1 / (t[1] * t[1]), 0], [0, 2 / (t[1] * t[1])]]; },
    kl: function (p, q) {
      var d = p[0] - q[0];
      return Math.log(q[1] / p[1]) + (p[1] * p[1] + d * d) / (2 * q[1] * q[1]) - 0.5;
    },
    charts: {
      "mean and standard deviation": { names: ["μ", "σ"], equal: true, window: [-2.9, 2.9, 0, 2.6],
        to: function (u) { return [u[0], u[1]]; }, from: function (t) { return [t[0], t[1]]; } },
      "information form": { names: ["h = μ/σ²", "λ = 1/σ²"], window: [-6, 6, 0, 5.2],
        to: function (u) { return [u[0] / u[1], u[1] > 0 ? 1 / Math.sqrt(u[1]) : NaN]; },
        from: function (t) { return [t[0] / (t[1] * t[1]), 1 / (t[1] * t[1])]; } },
      "mean and variance": { names: ["μ", "σ²"], window: [-2.9, 2.9, 0, 5],
        to: function (u) { return [u[0], u[1] > 0 ? Math.sqrt(u[1]) : NaN]; },
        from: function (t) { return [t[0], t[1] * t[1]]; } },
      "mean and logarithm of σ": { names: ["μ", "ln σ"], window: [-2.9, 2.9, -1.3, 1.1],
        to: function (u) { return [u[0], Math.exp(u[1])]; }, from: function (t) { return [t[0], Math.log(t[1])]; } },
      "expectations": { names: ["E x = μ", "E x² = μ² + σ²"], window: [-2.9, 2.9, 0, 9],
        to: function (u) { var v = u[1] - u[0] * u[0]; return [u[0], v > 0 ? Math.sqrt(v) : NaN]; },
        from: function (t) { return [t[0], t[0] * t[0] + t[1] * t[1]]; } }
    }
  },
  simplex: {
    names: ["p₁", "p₂"],
    inside: function (t) { return t[0] > 0 && t[1] > 0 && t[0] + t[1] < 1; },
    allowed: function (t) { return Math.min(t[0], t[1], 1 - t[0] - t[1]) > 0.004; },
    metric: function (t) {
      var rest = 1 / (1 - t[0] - t[1]);
      return [[1 / t[0] + rest, rest], [rest, 1 / t[1] + rest]];
    },
    kl: function (p, q) {
      return p[0] * Math.log(p[0] / q[0]) + p[1] * Math.log(p[1] / q[1])
        + (1 - p[0] - p[1]) * Math.log((1 - p[0] - p[1]) / (1 - q[0] - q[1]));
    },
    charts: {
      "probabilities (a flat triangle)": { names: ["", ""], equal: true, bare: true, window: [-0.08, 1.08, -0.1, 0.97],
        to: function (u) { var top = 2 * u[1] / ROOT3; return [1 - u[0] - top / 2, u[0] - top / 2]; },
        from: function (t) { var top = 1 - t[0] - t[1]; return [t[1] + top / 2, top * ROOT3 / 2]; } },
      "2√p (a piece of a sphere)": { names: ["", ""], equal: true, bare: true, window: [-1.6, 1.6, -1.25, 1.75],
        to: function (u) {
          var up = Math.sqrt(4 - u[0] * u[0] - u[1] * u[1]) / ROOT3;
          var x = [0, 1, 2].map(function (i) { return u[0] * EAST[i] + u[1] * NORTH[i] + up; });
          return Math.min(x[0], x[1], x[2]) > 0 ? [x[0] * x[0] / 4, x[1] * x[1] / 4] : [NaN, NaN];
        },
        from: function (t) {
          var x = [t[0], t[1], 1 - t[0] - t[1]].map(function (p) { return 2 * Math.sqrt(Math.max(p, 0)); });
          return [EAST, NORTH].map(function (e) { return x[0] * e[0] + x[1] * e[1] + x[2] * e[2]; });
        } },
      "log odds": { names: ["ln p₁/p₃", "ln p₂/p₃"], window: [-4, 4, -4, 4],
        to: function (u) {
          var a = Math.exp(u[0]), b = Math.exp(u[1]);
          return [a / (1 + a + b), b / (1 + a + b)];
        },
        from: function (t) { var r = 1 - t[0] - t[1]; return [Math.log(t[0] / r), Math.log(t[1] / r)]; } }
    }
  },
  gamma: {
    names: ["α", "β"],
    inside: function (t) { return t[0] > 0 && t[1] > 0 && isFinite(t[0]) && isFinite(t[1]); },
    allowed: function (t) { return t[0] > 1.5 && t[0] < 72 && t[0] / t[1] > 640 && t[0] / t[1] < 1200; },
    metric: function (t) { return [[trigamma(t[0]), -1 / t[1]], [-1 / t[1], t[0] / (t[1] * t[1])]]; },
    kl: function (p, q) {
      return (p[0] - q[0]) * digamma(p[0]) - logGamma(p[0]) + logGamma(q[0])
        + q[0] * Math.log(p[1] / q[1]) + p[0] * (q[1] - p[1]) / p[1];
    },
    charts: {
      "shape and rate": { names: ["shape α", "rate β, 1/(10⁸ m³)"], window: [0, 72, 0, 0.08], step: [30, 0.03],
        to: function (u) { return [u[0], u[1]]; }, from: function (t) { return [t[0], t[1]]; } },
      "mean and shape": { names: ["mean α/β, 10⁸ m³", "shape α"], window: [640, 1200, 0, 72], step: [900, 30],
        to: function (u) { return [u[1], u[1] / u[0]]; }, from: function (t) { return [t[0] / t[1], t[0]]; } },
      "logarithms of mean and shape": { names: ["ln mean", "ln shape"], window: [6.45, 7.1, 2.1, 4.4],
        to: function (u) { return [Math.exp(u[1]), Math.exp(u[1] - u[0])]; },
        from: function (t) { return [Math.log(t[0] / t[1]), Math.log(t[0])]; } }
    }
  }
};
