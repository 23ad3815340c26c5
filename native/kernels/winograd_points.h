// The transforms of Winograd's tiles along one axis (Lavin and Gray, 2015; Toom and Cook): M outputs of a window of K numbers are a
// product of polynomials, which M + K - 1 points determine: 0, some pairs ±p, and infinity.
//
//     outputs = Aᵀ [ (G kernel) * (Bᵀ input) ]        * element by element
//
// A evaluates M coefficients at the points, G does so with K of them and divides by what Lagrange divides by; Bᵀ is made of the
// products of all points but one.
#pragma once

#include <type_traits>

#include "geometry.h"

namespace heddle {
namespace HEDDLE_ISA {

// Pairs of points for that many in all. The usual 1 and 2 have a larger error (decision 42).
template <int T>
struct Points;
template <>
struct Points<4> {
  static constexpr double PAIRS[] = {1};
};
template <>
struct Points<6> {
  static constexpr double PAIRS[] = {0.625, 1.5};
};

// The coefficients of Π (y - p²) over all pairs but `left_out`.
template <int T>
struct PairProduct {
  static constexpr int PAIRS = T / 2 - 1;
  double at[PAIRS + 1] = {1};

  constexpr explicit PairProduct(int left_out) {
    for (int k = 0; k < PAIRS; k++) {
      if (k == left_out) continue;
      const double square = Points<T>::PAIRS[k] * Points<T>::PAIRS[k];
      for (int i = PAIRS; i >= 0; i--) at[i] = (i > 0 ? at[i - 1] : 0) - square * at[i];
    }
  }
  constexpr double operator()(double y) const {
    double value = 0;
    for (int i = PAIRS; i >= 0; i--) value = value * y + at[i];
    return value;
  }
};

// What G divides by at point number j.
template <int T>
constexpr double divisor(int j) {
  if (j == 0) return PairProduct<T>(-1)(0);
  if (j == T - 1) return 1;
  const double square = Points<T>::PAIRS[(j - 1) / 2] * Points<T>::PAIRS[(j - 1) / 2];
  return 2 * square * PairProduct<T>((j - 1) / 2)(square);
}

constexpr double power(double x, int exponent) { return exponent == 0 ? 1 : x * power(x, exponent - 1); }

// The compilers know these numbers only where each is a constant of its own: visit(a constant) from 0 to COUNT - 1.
template <int COUNT, int I = 0, typename Visit>
[[gnu::always_inline]] inline void for_constants(Visit visit) {
  if constexpr (I < COUNT) {
    visit(std::integral_constant<int, I>());
    for_constants<COUNT, I + 1>(visit);
  }
}

// Σ of the coefficients of PairProduct, times every second number from d on.
template <int T, int LEFT_OUT>
inline vec by_pair_product(const vec* d) {
  constexpr PairProduct<T> product(LEFT_OUT);
  constexpr int TOP = T / 2 - 1 - (LEFT_OUT >= 0);
  vec total = d[2 * TOP];
  for_constants<TOP>([&](auto i) {
    constexpr float factor = static_cast<float>(product.at[TOP - 1 - i]);
    total += splat(factor) * d[2 * (TOP - 1 - i)];
  });
  return total;
}

// Bᵀ of a column. M: a form of tiles, as in all that follows.
template <int M>
inline void input_transform(const vec* d, vec* to) {
  constexpr int T = points_of(M);
  to[0] = by_pair_product<T, -1>(d);
  for_constants<T / 2 - 1>([&](auto k) {
    constexpr float point = static_cast<float>(Points<T>::PAIRS[k]);
    const vec even = by_pair_product<T, k>(d + 2), odd = by_pair_product<T, k>(d + 1) * splat(point);
    to[1 + 2 * k] = even + odd;
    to[2 + 2 * k] = even - odd;
  });
  to[T - 1] = by_pair_product<T, -1>(d + 1);
}

// Σ c[i] pⁱ of N numbers at every point p. The adjoint of `powers`.
template <int N, int T>
inline void values(const vec* c, vec* to) {
  to[0] = c[0];
  for_constants<T / 2 - 1>([&](auto k) {
    constexpr double point = Points<T>::PAIRS[k];
    vec even = c[0], odd = c[1] * splat(static_cast<float>(point));
    for_constants<N - 2>([&](auto i) {
      constexpr float factor = static_cast<float>(power(point, i + 2));
      (i % 2 ? odd : even) += splat(factor) * c[i + 2];
    });
    to[1 + 2 * k] = even + odd;
    to[2 + 2 * k] = even - odd;
  });
  to[T - 1] = c[N - 1];
}

// Σ pⁱ m over the points p, for N exponents.
template <int N, int T>
inline void powers(const vec* m, vec* to) {
  constexpr int PAIRS = T / 2 - 1;
  vec even[PAIRS], odd[PAIRS];
  for_constants<PAIRS>([&](auto k) {
    even[k] = m[1 + 2 * k] + m[2 + 2 * k];
    odd[k] = m[1 + 2 * k] - m[2 + 2 * k];
  });
  for_constants<N>([&](auto i) {
    const vec* sums = i % 2 ? odd : even;
    constexpr float first = static_cast<float>(power(Points<T>::PAIRS[0], i));
    vec total = splat(first) * sums[0];
    if constexpr (i == 0) total += m[0];
    for_constants<PAIRS - 1>([&](auto k) {
      constexpr float factor = static_cast<float>(power(Points<T>::PAIRS[k + 1], i));
      total += splat(factor) * sums[k + 1];
    });
    if constexpr (i == N - 1) total += m[T - 1];
    to[i] = total;
  });
}

// Aᵀ of a column of products.
template <int M>
inline void output_transform(const vec* m, vec* to) {
  powers<side_of(M), points_of(M)>(m, to);
}

// A of a column of gradients of outputs: the adjoint of `output_transform`.
template <int M>
inline void gradient_transform(const vec* d, vec* to) {
  values<side_of(M), points_of(M)>(d, to);
}

// G of a column of a kernel.
template <int M>
inline void kernel_transform(const vec* g, vec* to) {
  constexpr int T = points_of(M);
  values<window_of(M), T>(g, to);
  for_constants<T - 1>([&](auto j) {
    constexpr float factor = static_cast<float>(1 / divisor<T>(j));
    to[j] *= splat(factor);
  });
}

// Gᵀ of a column of sums: the adjoint of `kernel_transform`.
template <int M>
inline void sums_transform(const vec* m, vec* to) {
  constexpr int T = points_of(M);
  vec scaled[T];
  for_constants<T - 1>([&](auto j) {
    constexpr float factor = static_cast<float>(1 / divisor<T>(j));
    scaled[j] = m[j] * splat(factor);
  });
  scaled[T - 1] = m[T - 1];
  powers<window_of(M), T>(scaled, to);
}

using Transform = void (*)(const vec*, vec*);

// A transform of columns, then of rows: FROM x FROM numbers to TO x TO.
template <int FROM, int TO, Transform transform>
inline void transform_square(const vec from[FROM][FROM], vec to[TO][TO]) {
  vec half[FROM][TO];
#pragma GCC unroll 6
  for (int v = 0; v < FROM; v++) {
    vec column[FROM];
#pragma GCC unroll 6
    for (int u = 0; u < FROM; u++) column[u] = from[u][v];
    transform(column, half[v]);
  }
#pragma GCC unroll 6
  for (int u = 0; u < TO; u++) {
    vec row[FROM];
#pragma GCC unroll 6
    for (int v = 0; v < FROM; v++) row[v] = half[v][u];
    transform(row, to[u]);
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
