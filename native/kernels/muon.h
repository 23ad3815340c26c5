// Newton-Schulz's iteration for the optimizer muon: the twin of src/ops/muon.ts, with the formulas.
//
// A matrix has a row for each unit. The iteration runs over its shorter side, so a matrix with more rows than columns is turned first.
#pragma once

#include <algorithm>
#include <cmath>

#include "multiply.h"
#include "update.h"

namespace heddle {
namespace HEDDLE_ISA {

// Vectors may read past the end of a matrix by less than this.
constexpr int64_t MATRIX_SLACK = PANEL;

inline int64_t orthogonalize_floats(const Op& op) {
  if (!op.is_matrix) return 0;
  const int64_t shorter = std::min<int64_t>(op.units, op.kernel_row());
  return 2 * (op.units * op.kernel_row() + shorter * shorter + 2 * MATRIX_SLACK);
}

inline void transpose(const float* from, float* to, int64_t rows, int64_t columns) {
  constexpr int64_t SIDE = 16;  // of a tile that stays in the first cache
  for (int64_t top = 0; top < rows; top += SIDE)
    for (int64_t left = 0; left < columns; left += SIDE)
      for (int64_t i = top; i < std::min(top + SIDE, rows); i++)
        for (int64_t j = left; j < std::min(left + SIDE, columns); j++) to[j * rows + i] = from[i * columns + j];
}

// [rows, inner] times [inner, columns]; store(at, sums, lanes) takes up to W sums at their place in the product.
template <typename Store>
inline void product(const float* left, const float* right, int64_t rows, int64_t inner, int64_t columns, Store store) {
  const Taps taps{1, 1, static_cast<int>(inner), 0, 0};
  for (int64_t first = 0; first < columns; first += PANEL) {
    const int lanes = static_cast<int>(std::min<int64_t>(columns - first, PANEL));
    const float* row = left;
    const auto next_row = [&] {
      const float* at = row;
      row += inner;
      return at;
    };
    multiply(static_cast<int>(rows), next_row, taps, right + first, columns, lanes,
             [&](int i, int v, vec sums, int here) { store(i * columns + first + v, sums, here); });
  }
}

// x has no more rows than columns. Returns where the result is: in x, or in other.
inline float* newton_schulz(float* x, float* other, float* a, float* b, int64_t rows, int64_t columns, int steps) {
  const vec A = splat(3.4445f), B = splat(-4.775f), C = splat(2.0315f);
  for (int step = 0; step < steps; step++) {
    transpose(x, other, rows, columns);
    product(x, other, rows, columns, rows, [&](int64_t at, vec sums, int lanes) { store_part(a + at, sums, lanes); });
    product(a, a, rows, rows, rows, [&](int64_t at, vec sums, int lanes) {
      store_part(b + at, B * load_part(a + at, lanes) + C * sums, lanes);
    });
    product(b, x, rows, rows, columns, [&](int64_t at, vec sums, int lanes) {
      store_part(other + at, A * load_part(x + at, lanes) + sums, lanes);
    });
    std::swap(x, other);
  }
  return x;
}

inline void orthogonalize(const UpdateRule& rule, const Op& op, float* gradients, float* momentum, float* scratch) {
  const int64_t units = op.units, row = op.kernel_row(), count = units * row;
  const vec kept = splat(rule.momentum);
  for_vectors(count, [&](int64_t i, int lanes) {
    const vec g = load_part(gradients + i, lanes), m = kept * load_part(momentum + i, lanes) + g;
    store_part(momentum + i, m, lanes);
    store_part(gradients + i, rule.nesterov ? g + kept * m : m, lanes);
  });
  const vec size = splat(static_cast<float>(1 / (std::sqrt(squares(gradients, count)) + 1e-7)));
  for_vectors(count, [&](int64_t i, int lanes) {
    store_part(gradients + i, load_part(gradients + i, lanes) * size, lanes);
  });
  const bool flat = units <= row;
  const int64_t shorter = std::min(units, row), longer = std::max(units, row);
  float *x = scratch, *other = x + count + MATRIX_SLACK;
  float *a = other + count + MATRIX_SLACK, *b = a + shorter * shorter + MATRIX_SLACK;
  if (flat)
    std::copy_n(gradients, count, x);
  else
    transpose(gradients, x, units, row);
  const float* found = newton_schulz(x, other, a, b, shorter, longer, rule.ns_steps);
  if (flat)
    std::copy_n(found, count, gradients);
  else
    transpose(found, gradients, row, units);
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
