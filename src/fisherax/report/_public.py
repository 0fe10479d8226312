"""The public names of `fisherax.report`; a name added here is one of the package at once."""

from .as_json import to_json as to_json
from .as_json import write_json as write_json
from .build import Report as Report
from .build import build_report as build_report
from .gallery import write_gallery as write_gallery
from .html import to_html as to_html
from .html import write_report as write_report
