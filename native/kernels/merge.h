// Values joined one by one, and slopes that are learned: what is read may repeat along some axes. The twins of
// src/ops/{merge,prelu}.ts.
#pragma once

#include "epilogue.h"

namespace heddle {
namespace HEDDLE_ISA {

// visit(start in the output, plane, line) for every run of lanes of one example.
template <typename Visit>
inline void for_runs(const Op& op, Visit visit) {
  int64_t at = 0;
  for (int64_t p = 0; p < op.planes; p++)
    for (int64_t l = 0; l < op.lines; l++, at += op.lanes) visit(at, p, l);
}

inline int64_t run_start(const Spread& s, int64_t plane, int64_t line) { return plane * s.plane + line * s.row; }

// Lanes from c on of a run that begins at `from`.
inline vec read_run(const float* from, const Spread& s, int64_t c, int lanes) {
  return s.lane ? load_part(from + c, lanes) : splat(*from);
}

// The one value of all inputs; value_at(k) is the k-th of them.
template <typename ValueAt>
inline vec merged(const Op& op, ValueAt value_at) {
  const size_t count = op.inputs.size();
  switch (op.rule) {
    case Merge::product: {
      vec product = value_at(0);
      for (size_t k = 1; k < count; k++) product *= value_at(k);
      return product;
    }
    case Merge::maximum: {
      vec best = value_at(0);
      for (size_t k = 1; k < count; k++) {
        const vec value = value_at(k);
        best = ((value > best) | (value != value)) ? value : best;
      }
      return best;
    }
    case Merge::difference: return value_at(0) - value_at(1);
    default: break;
  }
  vec total{};
  for (size_t k = 0; k < count; k++) total += value_at(k);
  return op.rule == Merge::mean ? total / splat(static_cast<float>(count)) : total;
}

// dy times the derivative by the k-th input.
template <typename ValueAt>
inline vec merged_gradient(const Op& op, size_t k, vec dy, ValueAt value_at) {
  const size_t count = op.inputs.size();
  switch (op.rule) {
    case Merge::product:
      for (size_t other = 0; other < count; other++)
        if (other != k) dy *= value_at(other);
      return dy;
    case Merge::mean: return dy / splat(static_cast<float>(count));
    case Merge::maximum: {
      // The first of the largest takes all.
      const vec own = value_at(k);
      for (size_t other = 0; other < count; other++) {
        if (other == k) continue;
        const vec value = value_at(other);
        dy = (other < k ? value >= own : value > own) ? vec{} : dy;
      }
      return dy;
    }
    case Merge::difference: return k == 0 ? dy : -dy;
    default: return dy;
  }
}

// Two values of the same shape are two arrays.
inline void sum_forward(const Op& op, const Shard& s) {
  const float *a = s.value(op.inputs[0]), *b = s.value(op.inputs[1]);
  float* y = s.value(op.output);
  with_ending(op, [&](auto ending) {
    for_part(s, s.count * op.output.size,
             [&](int64_t i, int lanes) { store_part(y + i, ending(load_part(a + i, lanes) + load_part(b + i, lanes)), lanes); });
  });
}

inline void merge_forward(const Op& op, const Shard& s) {
  const bool whole = op.inputs.size() == 2 && !op.spreads[0].repeats && !op.spreads[1].repeats;
  if (op.rule == Merge::sum && whole) return sum_forward(op, s);
  for (int n = 0; n < s.count; n++) {
    float* y = s.value(op.output) + n * op.output.size;
    for_runs(op, [&](int64_t at, int64_t plane, int64_t line) {
      const auto start = [&](size_t k) {
        return s.value(op.inputs[k]) + n * op.inputs[k].size + run_start(op.spreads[k], plane, line);
      };
      for_part(s, op.lanes, [&](int64_t c, int lanes) {
        const vec value = merged(op, [&](size_t k) { return read_run(start(k), op.spreads[k], c, lanes); });
        store_part(y + at + c, activate(op, value), lanes);
      });
    });
  }
}

inline void merge_backward(const Op& op, const Shard& s) {
  for (size_t k = 0; k < op.inputs.size(); k++) {
    const Operand& input = op.inputs[k];
    if (!input.has_gradient()) continue;
    const Spread& spread = op.spreads[k];
    float* gradient = s.gradient(input);
    if (spread.repeats) clear_unless_accumulating(input, s, gradient);
    const bool accumulate = spread.repeats || input.accumulate;
    for (int n = 0; n < s.count; n++) {
      const float *y = s.value(op.output) + n * op.output.size, *dy = s.gradient(op.output) + n * op.output.size;
      for_runs(op, [&](int64_t at, int64_t plane, int64_t line) {
        const auto start = [&](size_t other) {
          return s.value(op.inputs[other]) + n * op.inputs[other].size + run_start(op.spreads[other], plane, line);
        };
        float* dx = gradient + n * input.size + run_start(spread, plane, line);
        vec total{};
        for_vectors(op.lanes, [&](int64_t c, int lanes) {
          const vec part = merged_gradient(op, k, entering_gradient(op, y, dy, at + c, lanes),
                                           [&](size_t other) { return read_run(start(other), op.spreads[other], c, lanes); });
          if (spread.lane)
            write(dx + c, part, lanes, accumulate);
          else
            total += first_lanes(part, lanes);
        });
        if (!spread.lane) *dx = (accumulate ? *dx : 0) + sum(total);
      });
    }
  }
}

inline void prelu_forward(const Op& op, const Shard& s) {
  const Spread& spread = op.spreads[0];
  for (int n = 0; n < s.count; n++) {
    const float* x = s.value(op.inputs[0]) + n * op.output.size;
    float* y = s.value(op.output) + n * op.output.size;
    for_runs(op, [&](int64_t at, int64_t plane, int64_t line) {
      const float* alpha = s.parameters + op.kernel + run_start(spread, plane, line);
      for_vectors(op.lanes, [&](int64_t c, int lanes) {
        const vec value = load_part(x + at + c, lanes);
        store_part(y + at + c, value > vec{} ? value : value * read_run(alpha, spread, c, lanes), lanes);
      });
    });
  }
}

inline void prelu_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  const Spread& spread = op.spreads[0];
  std::memset(s.partials, 0, op.units * sizeof(float));
  for (int n = 0; n < s.count; n++) {
    const float* x = s.value(input) + n * input.size;
    const float* dy = s.gradient(op.output) + n * input.size;
    float* dx = input.has_gradient() ? s.gradient(input) + n * input.size : nullptr;
    for_runs(op, [&](int64_t at, int64_t plane, int64_t line) {
      const int64_t first = run_start(spread, plane, line);
      const float* alpha = s.parameters + op.kernel + first;
      float* sums = s.partials + first;
      vec total{};
      for_vectors(op.lanes, [&](int64_t c, int lanes) {
        const vec value = load_part(x + at + c, lanes), gradient = load_part(dy + at + c, lanes);
        const vec part = value < vec{} ? value * gradient : vec{};
        if (spread.lane)
          write(sums + c, part, lanes, true);
        else
          total += part;
        if (!dx) return;
        const vec below = value < vec{} ? gradient * read_run(alpha, spread, c, lanes) : vec{};
        write(dx + at + c, value > vec{} ? gradient : below, lanes, input.accumulate);
      });
      if (!spread.lane) *sums += sum(total);
    });
  }
}

// Adds up the shards' sums, in their order.
inline void prelu_finish(const Op& op, const Batch& b, float* gradients, int from, int to) {
  for (int unit = from; unit < to; unit++) {
    float total = 0;
    for (int shard = 0; shard < b.shards; shard++) total += b.part(shard)[unit];
    gradients[op.kernel + unit] = total;
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
