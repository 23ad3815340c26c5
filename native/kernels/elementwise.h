// Activations, dropout, sums and joins. The twins of src/ops/{activation,softmax,dropout,add,concatenate}.ts.
#pragma once

#include "../simd.h"
#include "kernels.h"

namespace heddle {
namespace HEDDLE_ISA {

inline vec activate(Activation kind, float slope, vec x) {
  const vec zero{};
  switch (kind) {
    case Activation::relu: return at_least(x, zero);
    case Activation::sigmoid: return sigmoid(x);
    case Activation::tanh: return tanh(x);
    case Activation::elu: return x > zero ? x : splat(slope) * expm1_negative(x);
    case Activation::gelu: return x * normal_cdf(x);
    case Activation::silu: return x * sigmoid(x);
    case Activation::leaky_relu: return x > zero ? x : splat(slope) * x;
    default: return x;
  }
}

// dy/dx of an activation that can be told from its output alone.
inline vec derivative_from_output(Activation kind, float slope, vec y) {
  const vec zero{}, one = splat(1.f);
  switch (kind) {
    case Activation::relu: return y > zero ? one : zero;
    case Activation::sigmoid: return y * (one - y);
    case Activation::tanh: return one - y * y;
    case Activation::elu: return y > zero ? one : y + splat(slope);
    case Activation::leaky_relu: return y > zero ? one : splat(slope);
    default: return one;
  }
}

inline vec derivative(Activation kind, float slope, vec x, vec y) {
  const vec one = splat(1.f);
  if (kind == Activation::gelu) {
    const vec density = splat(0.39894228040143268f) * exp(splat(-0.5f) * x * x);
    return normal_cdf(x) + x * density;
  }
  if (kind == Activation::silu) {
    const vec s = sigmoid(x);
    return s * (one + x * (one - s));
  }
  return derivative_from_output(kind, slope, y);
}

// visit(position, lanes) over count numbers, a vector at a time.
template <typename Visit>
inline void for_vectors(int64_t count, Visit visit) {
  for (int64_t i = 0; i < count; i += W) visit(i, static_cast<int>(count - i < W ? count - i : W));
}

inline void write(float* to, vec v, int lanes, bool accumulate) {
  store_part(to, accumulate ? load_part(to, lanes) + v : v, lanes);
}

inline void activation_forward(const Op& op, const Shard& s) {
  const float* x = s.value(op.inputs[0]);
  float* y = s.value(op.output);
  for_vectors(s.count * op.output.size, [&](int64_t i, int lanes) {
    store_part(y + i, activate(op.activation, op.slope, load_part(x + i, lanes)), lanes);
  });
}

inline void activation_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const float *x = s.value(input), *y = s.value(op.output), *dy = s.gradient(op.output);
  float* dx = s.gradient(input);
  for_vectors(s.count * op.output.size, [&](int64_t i, int lanes) {
    const vec slope = derivative(op.activation, op.slope, load_part(x + i, lanes), load_part(y + i, lanes));
    write(dx + i, load_part(dy + i, lanes) * slope, lanes, input.accumulate);
  });
}

// Multiplies a gradient by the derivative of the activation that made y, in place.
inline void through_activation(const Op& op, const float* y, float* dy, int64_t count) {
  if (op.activation == Activation::linear) return;
  for_vectors(count, [&](int64_t i, int lanes) {
    const vec slope = derivative_from_output(op.activation, op.slope, load_part(y + i, lanes));
    store_part(dy + i, load_part(dy + i, lanes) * slope, lanes);
  });
}

inline void softmax_rows(float* rows, int64_t count, int size) {
  for (int64_t r = 0; r < count; r++) {
    float* row = rows + r * size;
    float most = row[0];
    for (int k = 1; k < size; k++) most = row[k] > most ? row[k] : most;
    float total = 0;
    for_vectors(size, [&](int64_t k, int lanes) {
      store_part(row + k, exp(load_part(row + k, lanes) - splat(most)), lanes);
    });
    for (int k = 0; k < size; k++) total += row[k];
    for (int k = 0; k < size; k++) row[k] /= total;
  }
}

inline void apply_head(Head head, float* rows, int64_t count, int size) {
  if (head == Head::softmax) softmax_rows(rows, count, size);
  if (head == Head::sigmoid)
    for_vectors(count * size, [&](int64_t i, int lanes) {
      store_part(rows + i, sigmoid(load_part(rows + i, lanes)), lanes);
    });
}

inline void softmax_forward(const Op& op, const Shard& s) {
  const int64_t count = s.count * op.output.size;
  std::memcpy(s.value(op.output), s.value(op.inputs[0]), count * sizeof(float));
  softmax_rows(s.value(op.output), count / op.channels[0], op.channels[0]);
}

inline void softmax_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const int size = op.channels[0];
  for (int64_t row = 0; row < s.count * op.output.size; row += size) {
    const float *y = s.value(op.output) + row, *dy = s.gradient(op.output) + row;
    float* dx = s.gradient(input) + row;
    float mean = 0;
    for (int k = 0; k < size; k++) mean += dy[k] * y[k];
    for (int k = 0; k < size; k++) dx[k] = (input.accumulate ? dx[k] : 0) + y[k] * (dy[k] - mean);
  }
}

inline void add_forward(const Op& op, const Shard& s) {
  float* y = s.value(op.output);
  for_vectors(s.count * op.output.size, [&](int64_t i, int lanes) {
    vec total{};
    for (const Operand& input : op.inputs) total += load_part(s.value(input) + i, lanes);
    store_part(y + i, total, lanes);
  });
}

inline void add_backward(const Op& op, const Shard& s) {
  const float* dy = s.gradient(op.output);
  for (const Operand& input : op.inputs) {
    if (!input.has_gradient()) continue;
    float* dx = s.gradient(input);
    for_vectors(s.count * op.output.size, [&](int64_t i, int lanes) {
      write(dx + i, load_part(dy + i, lanes), lanes, input.accumulate);
    });
  }
}

inline void concatenate_forward(const Op& op, const Shard& s) {
  float* y = s.value(op.output);
  const int64_t rows = s.count * op.inputs[0].size / op.channels[0];
  const int64_t width = s.count * op.output.size / rows;
  for (size_t k = 0; k < op.inputs.size(); k++) {
    const float* x = s.value(op.inputs[k]);
    const int64_t channels = op.channels[k];
    for (int64_t r = 0; r < rows; r++) std::memcpy(y + r * width, x + r * channels, channels * sizeof(float));
    y += channels;
  }
}

inline void concatenate_backward(const Op& op, const Shard& s) {
  const float* dy = s.gradient(op.output);
  const int64_t rows = s.count * op.inputs[0].size / op.channels[0];
  const int64_t width = s.count * op.output.size / rows;
  for (size_t k = 0; k < op.inputs.size(); k++) {
    const Operand& input = op.inputs[k];
    const int64_t channels = op.channels[k];
    if (input.has_gradient()) {
      float* dx = s.gradient(input);
      for (int64_t r = 0; r < rows; r++)
        for_vectors(channels, [&](int64_t c, int lanes) {
          write(dx + r * channels + c, load_part(dy + r * width + c, lanes), lanes, input.accumulate);
        });
    }
    dy += channels;
  }
}

// visit(position, lanes, factors): 0 where an element is dropped, 1 / (1 - rate) where it is kept. Vectors lie
// within blocks of 16 positions, which read consecutive counters (see maskBits in src/tensor/random.ts).
template <typename Visit>
inline void for_mask(const Op& op, const Shard& s, Visit visit) {
  const uvec ordinal = uvec{} + static_cast<uint32_t>(op.ordinal);
  const Words key = threefry(s.key[0], s.key[1], ordinal, 0);
  uvec lane;
  for (int i = 0; i < W; i++) lane[i] = static_cast<uint32_t>(i);
  const vec kept = splat(1.f / (1.f - op.rate));
  const int64_t first = s.first * op.output.size, end = first + s.count * op.output.size;
  for (int64_t block = first / 32 * 32; block < end; block += 32) {
    for (int part = 0; part < 16; part += W) {
      const uvec counter = lane + static_cast<uint32_t>(block / 2 + part);
      const Words words = threefry(key.a[0], key.b[0], counter, s.step);
      for (int half = 0; half < 2; half++) {
        const uvec bits = (half ? words.b : words.a) >> 8;
        const ivec threshold = ivec{} + op.threshold;
        const vec factors = reinterpret_cast<ivec>(bits) >= threshold ? kept : vec{};
        const int64_t from = block + half * 16 + part;
        if (from >= end || from + W <= first) continue;
        if (from >= first && from + W <= end) {
          visit(from - first, W, factors);
          continue;
        }
        // The shard begins or ends within this vector.
        for (int i = 0; i < W; i++)
          if (from + i >= first && from + i < end) visit(from + i - first, 1, splat(factors[i]));
      }
    }
  }
}

inline void dropout_forward(const Op& op, const Shard& s) {
  const float* x = s.value(op.inputs[0]);
  float* y = s.value(op.output);
  if (!s.noise) {
    std::memcpy(y, x, s.count * op.output.size * sizeof(float));
    return;
  }
  for_mask(op, s, [&](int64_t i, int lanes, vec factors) {
    store_part(y + i, load_part(x + i, lanes) * factors, lanes);
  });
}

inline void dropout_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const float* dy = s.gradient(op.output);
  float* dx = s.gradient(input);
  if (!s.noise) {
    for_vectors(s.count * op.output.size, [&](int64_t i, int lanes) {
      write(dx + i, load_part(dy + i, lanes), lanes, input.accumulate);
    });
    return;
  }
  for_mask(op, s, [&](int64_t i, int lanes, vec factors) {
    write(dx + i, load_part(dy + i, lanes) * factors, lanes, input.accumulate);
  });
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
