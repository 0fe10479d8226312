"""What every operator satisfies, whatever its structure.

`operator_laws(operator, reference)` holds an operator against A, the matrix that it represents in the
coordinates of its tangent space, given as plain numbers. `Laws` has, besides, the laws that take longer: jit,
vmap, grad and jvp, samples, lineax and optimistix. A new structure is one more row in the table of
`tests/operators/test_structures.py`.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import lineax as lx
import numpy as np
import optimistix as optx

from fisherax.operators import InverseSolver


def operator_laws(operator, reference, *, tolerance=None, sums=None):
    """The laws of a positive definite operator, to relative precision `tolerance` (a few ε of its dtype).

    `sums` is the type of G + H of two like structures, where it is not that structure.
    """
    laws = Laws(operator, reference, tolerance, sums)
    laws.verbs_equal_the_matrix()
    laws.verbs_undo_each_other()
    laws.the_entries_are_those_of_the_matrix()
    laws.algebra()
    laws.dtypes_are_kept()


class Laws:
    def __init__(self, operator, reference, tolerance=None, sums=None):
        self.operator = operator
        self.sums = sums or type(operator)
        self.tangent = operator.tangent
        self.a = np.asarray(reference, np.float64)
        self.basis = np.asarray(self.tangent.basis(), np.float64)
        eps = float(jnp.finfo(operator.dtype).eps)
        if operator.dtype == np.float64:
            # A leaf of single precision rounds what goes in and out of the operator.
            eps = max(float(jnp.finfo(dtype).eps) for dtype in self.tangent.dtypes)
        condition = np.linalg.cond(self.a)
        # Backward stable algebra: errors of p·ε in products, p·ε·κ in solutions.
        self.product = tolerance or 50 * len(self.a) * eps
        self.solution = tolerance or 50 * len(self.a) * eps * condition
        self.vector = self.random_vector(1)
        self.u = self.coordinates(self.vector)

    def random_vector(self, seed):
        """A tangent vector, of the parameters' own dtypes."""
        u = np.random.default_rng(seed).normal(size=self.tangent.dim)
        return self.tangent.unravel(jnp.asarray(u, self.operator.dtype))

    def coordinates(self, vector):
        return self.basis.T @ flat(vector)

    def close(self, found, wanted, tolerance=None):
        found, wanted = flat(found), np.ravel(np.asarray(wanted, np.float64))
        scale = np.max(np.abs(wanted), initial=1e-30)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=(tolerance or self.product) * scale)

    def ambient(self, matrix):
        return self.basis @ matrix @ self.basis.T

    # --- The five verbs. ---

    def verbs_equal_the_matrix(self):
        g, a, u, v = self.operator, self.a, self.u, self.vector
        values, vectors = np.linalg.eigh(a)
        root = (vectors * np.sqrt(values)) @ vectors.T
        self.close(g.coordinates_matrix(), a)
        self.close(g.mv(v), self.basis @ (a @ u))
        self.close(g.solve(v), self.basis @ np.linalg.solve(a, u), self.solution)
        self.close(g.sqrt_mv(v), self.basis @ (root @ u), self.solution)
        self.close(g.inv_sqrt_mv(v), self.basis @ np.linalg.solve(root, u), self.solution)
        self.close(g.logdet() / len(a), np.linalg.slogdet(a)[1] / len(a), self.solution)
        self.close(g.trace(), np.trace(a))
        self.close(g.quadratic(v), u @ a @ u)
        self.close(g.eigenvalues(), values)
        self.eigenvectors_diagonalise(values)
        assert int(g.rank()) == len(a)
        assert g.unidentified() == ()
        self.close(g.condition_number(), np.linalg.cond(a), self.solution)
        # A unit diagonal is within a factor p of the best scaling (van der Sluis 1969).
        assert g.condition_number(scaled=True) <= len(a) * np.linalg.cond(a) * (1 + self.solution)

    def eigenvectors_diagonalise(self, values):
        """GV = VΛ and VᵀV = 1; single vectors are unique only up to sign and repeated eigenvalues."""
        found, vectors = self.operator.eigh()
        v = np.stack(
            [self.coordinates(jtu.tree_map(lambda x, i=i: x[i], vectors)) for i in range(len(values))], 1
        )
        self.close(found, values)
        self.close(v.T @ v, np.eye(len(values)))
        self.close(self.a @ v, v * values)

    def verbs_undo_each_other(self):
        g, v = self.operator, self.vector
        self.close(g.solve(g.mv(v)), flat(v), self.solution)
        self.close(g.mv(g.solve(v)), flat(v), self.solution)
        self.close(g.sqrt_mv(g.sqrt_mv(v)), flat(g.mv(v)), self.solution)
        self.close(g.inv_sqrt_mv(g.sqrt_mv(v)), flat(v), self.solution)
        w = self.random_vector(2)
        self.close(flat(w) @ flat(g.mv(v)), flat(v) @ flat(g.mv(w)))

    def the_entries_are_those_of_the_matrix(self):
        g = self.operator
        matrix, inverse = self.ambient(self.a), self.ambient(np.linalg.inv(self.a))
        self.close(g.as_matrix(), matrix)
        self.close(g.diagonal(), np.diag(matrix))
        self.close(g.inverse_diagonal(), np.diag(inverse), self.solution)
        structure = jtu.tree_structure(self.vector)
        for tree in (g.diagonal(), g.inverse_diagonal(), g.mv(self.vector), g.solve(self.vector)):
            assert jtu.tree_structure(tree) == structure
        assert g.in_structure() == g.out_structure() == jax.eval_shape(lambda: self.vector)
        self.close(lx.diagonal(g), np.diag(matrix))
        main, lower, upper = lx.tridiagonal(g)
        self.close(main, np.diag(matrix))
        self.close(lower, np.diag(matrix, -1))
        self.close(upper, np.diag(matrix, 1))
        if lx.is_diagonal(g):
            np.testing.assert_array_equal(matrix, np.diag(np.diag(matrix)))

    def samples_have_the_covariance(self, size=4_000):
        """Five standard errors, entry by entry: Var(u_i u_j) = C_ii C_jj + C_ij² for a normal u."""
        keys = jax.random.split(jax.random.key(7), size)
        for inverse in (False, True):
            draws = jax.vmap(lambda k, inverse=inverse: self.tangent.ravel(self.operator.sample(k, inverse)))(
                keys
            )
            c = np.linalg.inv(self.a) if inverse else self.a
            found = np.asarray(draws.T @ draws) / size
            error = np.sqrt((np.outer(np.diag(c), np.diag(c)) + c**2) / size)
            assert np.all(np.abs(found - c) < 5 * error)

    # --- Damping, scaling, sums. ---

    def algebra(self):
        g, v, identity = self.operator, self.vector, np.eye(len(self.a))
        for lam in (0.0, 0.3):
            damped, a = g.damped(lam), self.a + lam * identity
            assert type(damped.operator) is type(g) or type(g) is type(damped)
            self.close(damped.mv(v), self.basis @ (a @ self.u))
            self.close(damped.solve(v), self.basis @ np.linalg.solve(a, self.u), self.solution)
            self.close(damped.logdet() / len(a), np.linalg.slogdet(a)[1] / len(a), self.solution)
            self.close(damped.diagonal(), np.diag(self.ambient(a)))
            self.close(damped.inverse_diagonal(), np.diag(self.ambient(np.linalg.inv(a))), self.solution)
            self.close((2 * damped).coordinates_matrix(), 2 * a)
            self.close(damped.damped(0.5).coordinates_matrix(), a + 0.5 * identity)
        for scaled in (7 * g, g * 7, jnp.asarray(7.0) * g, np.float64(7) * g, g / (1 / 7)):
            assert type(scaled) is type(g)
            self.close(scaled.coordinates_matrix(), 7 * self.a)
            self.close(scaled.count, 7 * np.asarray(g.count))
        total = sum([g, 2 * g, g])
        assert type(total) is self.sums
        self.close(total.coordinates_matrix(), 4 * self.a)
        self.close(total.count, 4 * np.asarray(g.count))
        self.close(g.to_dense().solve(v), flat(g.solve(v)), self.solution)

    def dtypes_are_kept(self):
        g, v = self.operator, self.vector
        for tree in (
            g.mv(v),
            g.solve(v),
            g.sqrt_mv(v),
            g.inv_sqrt_mv(v),
            g.sample(jax.random.key(0)),
            g.diagonal(),
        ):
            assert [leaf.dtype for leaf in jtu.tree_leaves(tree)] == list(self.tangent.dtypes)
        for array in (g.trace(), g.logdet(), g.quadratic(v), g.eigenvalues(), g.as_matrix(), (3 * g).count):
            assert array.dtype == g.dtype

    # --- jit, vmap, grad, jvp. ---

    def transformations(self):
        g, v = self.operator, self.vector
        scales = jnp.asarray([1.0, 2.0, 5.0], g.dtype)
        batch = jax.jit(jax.vmap(lambda s: s * g))(scales)
        batched = jax.jit(jax.vmap(verbs, in_axes=(0, None)))(batch, v)
        for i, scale in enumerate(scales):
            one = jtu.tree_map(lambda x, i=i: x[i], batched)
            for found, wanted in zip(jtu.tree_leaves(one), jtu.tree_leaves(verbs(scale * g, v)), strict=True):
                self.close(found, wanted, self.solution)

        # Along s ↦ sG each verb is a known power of s, and forward and reverse mode must both say so.
        def along(s):
            scaled = s * g
            return jnp.stack(
                [
                    scaled.quadratic(v),
                    self.inner(v, scaled.solve(v)),
                    self.inner(v, scaled.sqrt_mv(v)),
                    self.inner(v, scaled.inv_sqrt_mv(v)),
                    scaled.logdet(),
                    scaled.trace(),
                    jnp.sum(scaled.eigenvalues()),
                ]
            )

        one = jnp.ones((), g.dtype)
        at = np.asarray(along(one), np.float64)
        power = np.array([1, -1, 0.5, -0.5, 0, 1, 1])
        first = power * at
        first[4] = len(self.a)
        second = power * (power - 1) * at
        second[4] = -len(self.a)

        @jax.jit  # compiled once, which takes most of the time
        def derivatives(s):
            return jax.jacfwd(along)(s), jax.jacrev(along)(s), jax.jacfwd(jax.jacrev(along))(s)

        for found, wanted in zip(derivatives(one), (first, first, second), strict=True):
            self.close(found, wanted, self.solution)
        # A leaf of the operator may be differentiated directly too.
        gradient = eqx.filter_grad(lambda g: g.trace())(g)
        assert jtu.tree_structure(gradient) == jtu.tree_structure(g)

    def inner(self, a, b):
        return jnp.dot(self.tangent.ravel(a), self.tangent.ravel(b))

    # --- As a lineax operator. ---

    def lineax_solves(self):
        g, v = self.operator, self.vector
        assert lx.is_symmetric(g)
        assert lx.is_positive_semidefinite(g)
        assert not lx.is_negative_semidefinite(g)
        wanted = flat(g.solve(v))
        self.close(lx.linear_solve(g, v, InverseSolver()).value, wanted, self.solution)
        structure = g.in_structure()
        for damped in (
            g + 0.5 * lx.IdentityLinearOperator(structure),
            lx.IdentityLinearOperator(structure) * 0.5 + g,
        ):
            found = lx.linear_solve(damped, v, InverseSolver()).value
            self.close(found, flat(g.damped(0.5).solve(v)), self.solution)

    def conjugate_gradients(self):
        """CG needs `mv` alone; with G⁻¹ as its preconditioner it is there in one step."""
        g, v = self.operator, self.vector
        goal = 1e-3 if g.dtype == np.float32 else 1e-9
        wanted = flat(g.solve(v))
        cg = lx.CG(rtol=goal, atol=goal)
        self.close(lx.linear_solve(g, v, cg).value, wanted, 100 * goal * np.linalg.cond(self.a))
        preconditioner = lx.invert(g, InverseSolver())
        solution = lx.linear_solve(g, v, cg, options={"preconditioner": preconditioner})
        self.close(solution.value, wanted, 100 * goal)
        assert solution.stats["num_steps"] <= 3

    def optimistix_descends(self):
        """Newton and Levenberg–Marquardt steps with G as the Hessian, taken by optimistix as they are."""
        g, v = self.operator, self.vector
        info = optx.FunctionInfo.EvalGradHessian(jnp.zeros((), g.dtype), v, g)
        shape = eqx.filter_eval_shape(lambda: info)
        newton = optx.NewtonDescent(linear_solver=InverseSolver())
        state = newton.query(v, info, newton.init(v, shape))
        step, result = newton.step(jnp.ones((), g.dtype), state)
        assert result == optx.RESULTS.successful
        self.close(step, -flat(g.solve(v)), self.solution)
        marquardt = optx.DampedNewtonDescent(linear_solver=InverseSolver())
        state = marquardt.query(v, info, marquardt.init(v, shape))
        step, result = marquardt.step(jnp.asarray(4.0, g.dtype), state)
        assert result == optx.RESULTS.successful
        self.close(step, -flat(g.damped(0.25).solve(v)), self.solution)


def verbs(operator, vector):
    """Everything that an operator computes, in one function to transform."""
    return (
        operator.mv(vector),
        operator.solve(vector),
        operator.sqrt_mv(vector),
        operator.inv_sqrt_mv(vector),
        operator.logdet(),
        operator.trace(),
        operator.diagonal(),
        operator.inverse_diagonal(),
        operator.eigenvalues(),
        operator.as_matrix(),
        operator.quadratic(vector),
        operator.damped(0.1).solve(vector),
        operator.rank(),
    )


def flat(tree):
    leaves = [np.ravel(np.asarray(leaf, np.float64)) for leaf in jtu.tree_leaves(tree)]
    return np.concatenate(leaves) if leaves else np.zeros(0)
