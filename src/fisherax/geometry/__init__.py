"""What the information alone implies: a Riemannian manifold of distributions."""
