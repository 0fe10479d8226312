"""Tests run in float64, with every annotated shape checked by beartype, and warnings as errors."""

import gc
import os

import jaxlib

# Most of a run is compilation, of programs that run once: without XLA's optimisations and its fusion emitters it
# takes half the time. XLA_FLAGS of your own replace these (XLA_FLAGS=" " tests what users run), and XLA ends a
# process whose flags it does not know, so later versions get none until they have been tried.
if "XLA_FLAGS" not in os.environ and jaxlib.version.__version_info__ < (0, 12):
    os.environ["XLA_FLAGS"] = " ".join(
        (
            "--xla_backend_optimization_level=0",
            "--xla_cpu_use_fusion_emitters=false",
            "--xla_cpu_parallel_codegen_split_count=1",
        )
    )


def pytest_configure(config):
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        return  # the process that deals out the tests runs none
    import jax
    from jaxtyping import install_import_hook

    jax.config.update("jax_enable_x64", True)
    jax.config.update(
        "jax_traceback_in_locations_limit", 0
    )  # where in Python an operation came from takes time
    # The public names are imported on demand, so they are asked for here, where the hook sees them.
    with install_import_hook("fisherax", "beartype.beartype"):
        import fisherax
        import fisherax._public  # noqa: F401
    gc.freeze()  # what is imported is not looked through for rubbish again and again
