"""What the metric alone implies: connection, geodesics, distance, curvature, volume."""
