"""The bundled data sets: what each one is, where it comes from, and a command to start with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Column:
    """One column of a data set: what it measures, and in which unit."""

    name: str
    meaning: str
    unit: str = ""


@dataclass(frozen=True)
class DataSet:
    """What is known about a bundled data set."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    num_rows: int
    source: str
    licence: str
    command: str

    @property
    def path(self) -> Path:
        """The CSV file itself."""
        return Path(__file__).parent / "datasets" / f"{self.name}.csv"

    def __str__(self) -> str:
        rows = [f"{self.title} ({self.num_rows} rows)", "", self.description, "", "Columns"]
        width = max(len(column.name) for column in self.columns)
        for column in self.columns:
            unit = f" [{column.unit}]" if column.unit else ""
            rows.append(f"  {column.name:<{width}}  {column.meaning}{unit}")
        rows += ["", f"Source   {self.source}", f"Licence  {self.licence}", f"Try      {self.command}"]
        return "\n".join(rows)


_FACTS = "Published measurements, reproduced as facts; no claim is made on them here."

CATALOGUE = (
    DataSet(
        name="nile",
        title="Annual flow of the Nile at Aswan, 1871-1970",
        description=(
            "A hundred yearly volumes of one river. The mean falls near 1898, so a single distribution is a "
            "first look and not the whole story."
        ),
        columns=(
            Column("year", "calendar year"),
            Column("flow", "volume that passed Aswan in the year", "10^8 m^3"),
        ),
        num_rows=100,
        source=(
            "Cobb (1978), Biometrika 65, 243-251, Table 1; Durbin and Koopman (2001), Time Series Analysis "
            "by State Space Methods, Oxford."
        ),
        licence="Public domain.",
        command="fisherax fit nile flow --family lognormal",
    ),
    DataSet(
        name="horsekicks",
        title="Deaths by horse kick in the Prussian army, 1875-1894",
        description=(
            "The number of soldiers killed by a horse's kick, for each of 10 army corps and 20 years: "
            "200 corps-years. Bortkiewicz lists 14 corps (280 corps-years); the guards and corps I, VI and "
            "XI, which differ in their make-up, are left out here, as Fisher did."
        ),
        columns=(
            Column("year", "calendar year"),
            Column("corps", "army corps, a Roman numeral"),
            Column("deaths", "deaths by horse kick", "soldiers"),
        ),
        num_rows=200,
        source=(
            "von Bortkiewicz (1898), Das Gesetz der kleinen Zahlen, Teubner, Leipzig; Fisher (1925), "
            "Statistical Methods for Research Workers."
        ),
        licence="Public domain.",
        command="fisherax fit horsekicks deaths --family poisson",
    ),
    DataSet(
        name="budworm",
        title="Tobacco budworm moths and a pyrethroid",
        description=(
            "Twenty moths of each sex were exposed to each of six doses of trans-cypermethrin; those that "
            "had died or fallen over after three days were counted. A logistic dose-response experiment."
        ),
        columns=(
            Column("sex", "male or female"),
            Column("dose", "dose of trans-cypermethrin", "microgram"),
            Column("dead", "moths dead or knocked down after three days, of 20"),
            Column("alive", "moths still well, of 20"),
        ),
        num_rows=12,
        source=(
            "Collett (1991), Modelling Binary Data, Chapman and Hall, p. 75; Venables and Ripley (2002), "
            "Modern Applied Statistics with S, section 7.2."
        ),
        licence=_FACTS,
        command='fisherax fit budworm "cbind(dead, alive) ~ sex + log2(dose)" --family binomial',
    ),
    DataSet(
        name="ships",
        title="Wave damage to cargo ships",
        description=(
            "Incidents of wave damage to the forward section of cargo ships, by type of ship, year of "
            "construction and period of operation. Only the 34 cells with months of service: the other 6 of "
            "the 40 saw no ship at sea, and log(0) is no offset."
        ),
        columns=(
            Column("type", "type of ship, A to E"),
            Column("built", "years of construction"),
            Column("period", "period of operation"),
            Column("service", "aggregate time in service", "months"),
            Column("incidents", "damage incidents"),
        ),
        num_rows=34,
        source="McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., Table 6.2.",
        licence=_FACTS,
        command=(
            'fisherax fit ships "incidents ~ type + built + period + offset(log(service))" --family poisson'
        ),
    ),
    DataSet(
        name="bearings",
        title="Endurance of deep-groove ball bearings",
        description=(
            "Revolutions until fatigue of 23 ball bearings, the customary example of a Weibull lifetime. The "
            "list is the usual one (Lawless 2003); Caroni (2002), Lifetime Data Analysis 8, 395-399, tells "
            "how it departs from the tests that it came from."
        ),
        columns=(Column("revolutions", "revolutions before failure", "10^6"),),
        num_rows=23,
        source=(
            "Lieblein and Zelen (1956), Journal of Research of the National Bureau of Standards 57, 273-316; "
            "Lawless (2003), Statistical Models and Methods for Lifetime Data, 2nd ed."
        ),
        licence="Public domain (a work of the United States government).",
        command="fisherax fit bearings revolutions --family weibull --method profile",
    ),
    DataSet(
        name="faithful",
        title="Eruptions of Old Faithful",
        description=(
            "How long each of 272 eruptions of the geyser lasted, and the wait until the next one. Both have "
            "two humps, so a single Normal will not do."
        ),
        columns=(
            Column("eruptions", "duration of the eruption", "min"),
            Column("waiting", "waiting time to the next eruption", "min"),
        ),
        num_rows=272,
        source=(
            "Härdle (1991), Smoothing Techniques with Implementation in S, Springer; Azzalini and Bowman "
            "(1990), Applied Statistics 39, 357-365."
        ),
        licence=_FACTS,
        command="fisherax fit faithful waiting --family normal",
    ),
)

BY_NAME = {dataset.name: dataset for dataset in CATALOGUE}
