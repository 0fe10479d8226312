"""Bad input ends with status 2 and one line that names the file, the row, the column and the remedy."""

import shlex

import pytest

from fisherax.cli import family_data
from fisherax.data import regression

FILES = {
    "ok.csv": "x,y,g\n" + "\n".join(f"{(i * 0.37) % 1.1 - 0.5:.3f},{(i * 7) % 5},{i % 4}" for i in range(20)),
    "empty.csv": "",
    "header.csv": "a,b\n",
    "text.csv": "name,town\nann,ulm\nbob,bonn\n",
    "word.csv": "x\n1\ntwo\n3\n4\n",
    "nan.csv": "x\n1\nnan\n3\n",
    "word2.csv": "y,class\n1,2\n2,1\n4,4\n1,3\n",
    "inf.csv": "x\n1\ninf\n3\n",
    "neg.csv": "x\n1\n-2\n3\n",
    "one.csv": "x\n1\n",
    "const.csv": "y,x\n2,1\n2,1\n2,1\n2,1\n",
    "coll.csv": "y,a,b\n" + "\n".join(f"{i % 3},{i},{2 * i}" for i in range(12)),
    "sep.csv": "y,dose\n" + "\n".join(f"{int(i > 5)},{i}" for i in range(12)),
    "group.csv": "y,sex\n" + "\n".join(f"{i % 2 if i < 6 else 0},{'ab'[int(i >= 6)]}" for i in range(12)),
    "zero.csv": "y,k\n0,a\n0,a\n3,b\n2,b\n1,b\n4,b\n",
    "huge.csv": "y,x,w\n1,1,1\n2,3,1e308\n1,2,1\n0,5,1\n",
    "exact.csv": "y,x\n1,1\n2,2\n3,3\n4,4\n",
    "shares.csv": "a,b,c\n.2,.3,.5\n.1,.2,.9\n.3,.3,.4\n.2,.2,.6\n",
    "counts.csv": "a,b,c\n2,3,5\n1,2,7\n3,3,9\n",
}
CASES = {
    "a missing file": ("nope.csv -f normal", "nope.csv: there is no such file"),
    "an empty file": ("empty.csv -f normal", "empty.csv: the file is empty; write a row of column names"),
    "a header alone": ("header.csv -f normal", "header.csv: there is a header but no rows; add"),
    "no numbers": ("text.csv -f normal", "text.csv: no column holds numbers; check"),
    "a text column": ("text.csv name -f normal", "text.csv: row 2, column 'name': 'ann' is not a number"),
    "a word among numbers": ("word.csv -f normal", "word.csv: row 3, column 'x': 'two' is not a number"),
    "a missing value": (
        "nan.csv -f normal",
        "nan.csv: row 3, column 'x': a value is missing",
        "--drop-missing",
    ),
    "an infinite value": ("inf.csv -f normal", "inf.csv: row 3, column 'x': the value is infinite", "remove"),
    "outside the support": (
        "neg.csv -f gamma",
        "neg.csv: row 3, column 'x': -2 is outside the support of gamma",
    ),
    "no count": ("ok.csv x -f poisson", "ok.csv: row 2, column 'x': -0.5 is outside the support of poisson"),
    "too few rows": ("one.csv -f normal", "one.csv: 1 row cannot determine 2 parameters; add rows"),
    "a constant column": ("const.csv y -f normal", "const.csv: column 'y': all 4 values are 2, so nothing"),
    "a constant response": ("const.csv 'y ~ 1' -f normal", "const.csv: column 'y': all values are 2"),
    "a constant term": ("const.csv 'y ~ x' -f poisson", "const.csv: 'x' is 1 in every row", "leave it out"),
    "collinear terms": ("coll.csv 'y ~ a + b' -f poisson", "coll.csv: 'b' = 2 'a' in every row; leave one"),
    "no formula": ("coll.csv 'y ~ a +' -f poisson", "formula 'y ~ a +': it does not parse", "write it as"),
    "an unknown column": ("coll.csv 'y ~ q' -f poisson", "coll.csv: there is no column 'q'; the columns are"),
    "separation by a number": (
        "sep.csv 'y ~ dose' -f bernoulli",
        "sep.csv: the response is 1 wherever 'dose' is above 5.5, and 0 below, so the likelihood has no",
    ),
    "separation by a group": (
        "group.csv 'y ~ sex' -f binomial",
        "group.csv: the response is 0 in every row where 'sex[T.b]' is 1",
    ),
    "a group without counts": (
        "zero.csv 'y ~ k' -f poisson",
        "the response is 0 in every row where 'k[T.b]' is 0",
    ),
    "a perfect fit": (
        "exact.csv 'y ~ x' -f normal",
        "exact.csv: column 'y': the formula fits all 4 rows exactly",
    ),
    "shares": (
        "shares.csv -f dirichlet",
        "shares.csv: row 3, column 'a + ... + c': 1.2: the shares must sum to 1",
    ),
    "sums": (
        "counts.csv -f multinomial",
        "counts.csv: row 4, column 'a + ... + c': 15: the counts must sum to 10",
    ),
    "an unknown family": ("ok.csv y -f posson", "there is no family 'posson'; did you mean poisson?"),
    "an irregular family": ("ok.csv y -f uniform", "the support moves with the parameters"),
    "no family": ("ok.csv y", "the family is missing; add --family NAME"),
    "no such regression": (
        "ok.csv 'y ~ x' -f weibull",
        "there is no regression for weibull; choose one of normal",
    ),
    "no such link": ("ok.csv 'y ~ x' -f poisson --link probit", "--link probit does not go with poisson"),
    "a link without formula": ("ok.csv y -f poisson --link log", "--link belongs to a regression"),
    "no value": ("ok.csv x -f student-t --fixed df", "--fixed: 'df' is no assignment; write name=value"),
    "a bad value": (
        "ok.csv x -f student-t --fixed df=-1",
        "student-t: df = -1. is not allowed; it must be > 0",
    ),
    "an unknown parameter": (
        "ok.csv x -f student-t --fixed q=1",
        "--fixed: student-t has no parameter 'q'; it has",
    ),
    "a percentage": ("ok.csv y -f poisson --level 95", "95 percent is --level 0.95"),
    "no clusters": ("ok.csv y -f poisson --covariance clustered", "add --clusters COLUMN"),
    "no trials": ("ok.csv y -f binomial", "add --fixed total_count=N"),
    "negative weights": (
        "ok.csv y -f poisson --weights x",
        "ok.csv: row 2, column 'x': -0.5: no weight may be",
    ),
    "huge weights": (
        "huge.csv y -f poisson --weights w",
        "huge.csv: row 3, column 'w': 1e+308: too large to compute with",
    ),
    "huge weights of a regression": (
        "huge.csv 'y ~ x' -f poisson --weights w",
        "huge.csv: row 3, column 'weights': 1e+308: too large to compute with",
    ),
    "no directory": (
        "ok.csv y -f poisson --report no/x.html",
        "no/x.html: there is no directory no; make it",
    ),
    "a directory": ("ok.csv y -f poisson --report .", ". is a directory; name a file in it"),
    "a keyword": ("word2.csv 'y ~ class' -f poisson", "write class, a word of Python's, as `class`"),
    "the response is no outcome": (
        "ok.csv 'y ~ x' -f bernoulli",
        "row 3, column 'y': 2: the response must be 0 or 1",
    ),
    "cbind for counts": (
        "ok.csv 'cbind(y, g) ~ x' -f poisson",
        "cbind(successes, failures) goes with a binomial",
    ),
}


@pytest.fixture
def files(write):
    for name, text in FILES.items():
        write(name, text)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("files")
def test_bad_input_is_one_line(run, case):
    words, *expected = CASES[case]
    assert_refused(run("fit", *shlex.split(words)), expected)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("files")
def test_a_stream_says_the_same(run, case, monkeypatch):
    """In batches of three rows: what is said of all rows, and the numbers of rows, do not depend on them."""
    monkeypatch.setattr(family_data, "STREAM_ROWS", 3)
    monkeypatch.setattr(regression.Regression.stream, "__defaults__", (3, None))
    words, *expected = CASES[case]
    assert_refused(run("fit", *shlex.split(words), "--stream"), expected)


def assert_refused(result, expected):
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("fisherax: ")
    for text in expected:
        assert text in result.stderr
