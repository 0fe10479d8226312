"""`fisherax balls`: the picture that was asked for, in a file, or one line that says why not."""

import numpy as np
import pytest

from fisherax.cli.drawing import picture


def lines(figure, gid):
    return [line.get_xydata() for line in figure.axes[0].lines if line.get_gid().startswith(gid)]


def test_the_ellipses_of_a_normal():
    """δμ²/σ² + 2δσ²/σ² = r²."""
    figure = picture("normal", ["loc=-1..1:3", "scale=1..2:2"], (0.2,), (), False, False)
    ovals = lines(figure, "ball")
    assert len(ovals) == 6
    for k, oval in enumerate(ovals):
        m, s = oval.T
        m0, s0 = (-1, 0, 1)[k % 3], (1, 2)[k // 3]
        np.testing.assert_allclose(((m - m0) ** 2 + 2 * (s - s0) ** 2) / s0**2, 0.04, rtol=1e-9)


def test_coordinates_of_ones_own():
    """In the information form the same balls, and the sets of equal divergence around them."""
    where = ("loc = h / lambda", "scale = 1 / sqrt(lambda)")
    figure = picture("gaussian", ["h=-2..2:2", "lambda=0.5..2:2"], (0.5,), where, False, True)
    assert figure.axes[0].get_ylabel() == "lambda"
    h, precision = lines(figure, "level-set")[3].T
    m, s, m0, s0 = h / precision, precision**-0.5, 1.0, 2**-0.5
    np.testing.assert_allclose(np.log(s / s0) + (s0**2 + (m - m0) ** 2) / (2 * s**2) - 0.5, 0.125, rtol=1e-8)


def test_files_are_written_whole_and_the_same_each_time(run, tmp_path):
    words = ("balls", "exponential", "rate=2", "--radius", "0.5")
    starts = {"a.svg": b"<?xml", "a.png": b"\x89PNG", "a.pdf": b"%PDF"}
    for name, start in starts.items():
        result = run(*words, "-o", name)
        assert result.exit_code == 0, result.stderr
        assert result.stdout == f"The picture is in {name}\n"
        assert (tmp_path / name).read_bytes().startswith(start)
    run(*words, "-o", "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_value_is_held_and_balls_are_whitened():
    words = ["total_count=10", "probs=0.4"]
    assert picture("binomial", words, (0.3,), (), False, True).axes[0].get_xlabel() == "probs"
    words = ["df=5", "loc=-1..1:2", "scale=1..2:2"]
    ovals = lines(picture("student-t", words, (0.3,), (), True, False), "ball")
    for oval in ovals:
        middle = oval[:-1].mean(axis=0)
        np.testing.assert_allclose(np.linalg.norm(oval - middle, axis=1), 0.3, rtol=1e-9)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("normal", "loc=-1..1"), "a picture has two axes, but 1 range is given; write such as loc=-2..2"),
        (("normal", "loc=-1..1", "scale=-1..1"), "scale = -1. is not allowed; it must be > 0"),
        (("normal", "loc=1..-1", "scale=1..2"), "'loc=1..-1': a range runs from a lower to a higher number"),
        (("normal", "loc=-1..1", "scale=2..2"), "not from 2.0 to 2.0"),
        (("normal", "loc=-1..1", "scale=2..2.0000000000001"), "is too narrow to draw"),
        (("normal", "loc=-1..nan", "scale=1..2"), "runs between two finite numbers"),
        (("normal", "loc=-1..1", "scale=1..2:2.5"), "'2.5' centres; give a whole number of them"),
        (("normal", "loc=-1..1", "scale=1..2:nan"), "'nan' centres; give a whole number of them"),
        (("normal", "loc=a..b", "scale=1..2"), "'loc=a..b' is no range; write such as scale=0.5..2"),
        (("normal", "loc=1..2", "scale=1..2:1"), "'1' centres; give a whole number of them, two or more"),
        (("normal", "loc=1..2:30", "scale=1..2:30"), "30 × 30 balls cannot be told apart"),
        (("student-t", "loc=-1..1", "scale=1..2"), "student-t: df is missing"),
        (("normal", "h=-1..1", "lambda=1..2"), "normal has no parameter 'h'"),
        (("normal", "h=-1..1", "l=1..2", "--where", "loc=h/q"), "--where: there is no parameter 'q'"),
        (("normal", "h=-1..1", "l=1..2", "--where", "loc"), "--where: 'loc' says nothing"),
        (("normal", "h=-1..1", "l=1..2", "--where", "loc=h"), "normal: scale is missing"),
        (("normal", "loc=-1..1", "scale=1..2", "loc=3"), "loc is given twice"),
        (("normal", "loc=0", "scale=1", "--whiten"), "need two ranges to draw over"),
        (("normal", "loc=0", "scale=1", "-o", "x.jpg"), "x.jpg: a picture is one of .svg, .png, .pdf"),
        (("normal", "loc=0", "scale=1", "-r", "0"), "--radius must be a positive number"),
        (("normal", "loc=0"), "normal: scale is missing"),
        (("normal-mixture", "loc=0"), "of a family, not of a mixture"),
        (("uniform", "low=0"), "the support moves with the parameters"),
    ],
)
def test_what_makes_no_sense_is_one_line(run, words, expected, tmp_path):
    result = run("balls", *words)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []
