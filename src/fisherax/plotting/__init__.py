"""Figures: each function draws on the axes it is given, or on a new figure of its own, and returns them."""

from .ball import balls as balls
from .ball_field import ball_field as ball_field
from .chart import Chart as Chart
from .counts import count_bars as count_bars
from .distribution import histogram as histogram
from .distribution import quantile_plot as quantile_plot
from .geodesic import geodesics as geodesics
from .maps import curvature_map as curvature_map
from .maps import volume_map as volume_map
from .neighbourhood import fisher_balls as fisher_balls
from .observations import observations_of as observations_of
from .profile import profile as profile
from .region import likelihood_region as likelihood_region
from .residuals import residual_plot as residual_plot
from .response import curves_of as curves_of
from .response import response as response
from .triangle import pair as pair
from .triangle import triangle as triangle
