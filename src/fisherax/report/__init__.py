"""A fit as a page to read and as a JSON document: the same content twice."""

from .as_json import to_json as to_json
from .as_json import write_json as write_json
from .build import Report as Report
from .build import build_report as build_report
from .html import to_html as to_html
from .html import write_report as write_report
