// Activations, joins and constants. The twins of src/ops/{activation,softmax,concatenate,affine}.ts.
#pragma once

#include "../simd.h"
#include "kernels.h"

namespace heddle {
namespace HEDDLE_ISA {

// 0 to 6 of x + 3.
inline vec hard_gate(vec x) { return at_most(at_least(x + splat(3.f), vec{}), splat(6.f)); }

// tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2); behind 20 it is 1.
inline vec mish_gate(vec x) {
  const vec e = exp(at_most(x, splat(20.f))), n = e * (e + splat(2.f));
  return n / (n + splat(2.f));
}

// `activation`: that of the op, named where the compiler should know it.
inline vec activate(Activation activation, const Op& op, vec x) {
  const vec zero{};
  switch (activation) {
    case Activation::relu: return at_least(x, zero);
    case Activation::sigmoid: return sigmoid(x);
    case Activation::tanh: return tanh(x);
    case Activation::elu: return x > zero ? x : splat(op.slope) * expm1_negative(x);
    case Activation::gelu: return x * normal_cdf(x);
    case Activation::silu: return x * sigmoid(x);
    case Activation::leaky_relu: return x > zero ? x : splat(op.slope) * x;
    case Activation::clipped_relu: {
      const vec threshold = splat(op.relu_threshold);
      return x > threshold ? at_most(x, splat(op.limit)) : splat(op.slope) * (x - threshold);
    }
    case Activation::hard_sigmoid: return hard_gate(x) * splat(1.f / 6);
    case Activation::hard_silu: return x * hard_gate(x) * splat(1.f / 6);
    case Activation::softplus: return at_least(x, zero) + log1p(exp(-magnitude(x)));
    case Activation::softsign: return x / (splat(1.f) + magnitude(x));
    case Activation::mish: return x * mish_gate(x);
    default: return x;
  }
}

inline vec activate(const Op& op, vec x) { return activate(op.activation, op, x); }

// dy/dx of an activation that can be computed from its output alone.
inline vec derivative_from_output(const Op& op, vec y) {
  const vec zero{}, one = splat(1.f);
  switch (op.activation) {
    case Activation::relu: return y > zero ? one : zero;
    case Activation::sigmoid: return y * (one - y);
    case Activation::tanh: return one - y * y;
    case Activation::elu: return y > zero ? one : y + splat(op.slope);
    case Activation::leaky_relu: return y > zero ? one : splat(op.slope);
    case Activation::clipped_relu: {
      const vec passed = y < splat(op.limit) ? one : zero;
      return y > zero ? passed : y < zero ? splat(op.slope) : zero;
    }
    case Activation::hard_sigmoid: {
      const vec passed = y < one ? splat(1.f / 6) : zero;
      return y > zero ? passed : zero;
    }
    case Activation::softplus: return -expm1_negative(-y);
    case Activation::softsign: return (one - magnitude(y)) * (one - magnitude(y));
    default: return one;
  }
}

inline vec derivative(const Op& op, vec x, vec y) {
  const vec one = splat(1.f);
  if (op.activation == Activation::gelu) {
    const vec density = splat(0.39894228040143268f) * exp(splat(-0.5f) * x * x);
    return normal_cdf(x) + x * density;
  }
  if (op.activation == Activation::silu) {
    const vec s = sigmoid(x);
    return s * (one + x * (one - s));
  }
  if (op.activation == Activation::hard_silu) {
    const vec inner = (x + x + splat(3.f)) * splat(1.f / 6);
    return x <= splat(-3.f) ? vec{} : x >= splat(3.f) ? one : inner;
  }
  if (op.activation == Activation::mish) {
    const vec t = mish_gate(x);
    return t + x * (one - t * t) * sigmoid(x);
  }
  return derivative_from_output(op, y);
}

// The first n lanes, the rest zero.
inline vec first_lanes(vec v, int n) {
  ivec lane;
  for (int i = 0; i < W; i++) lane[i] = i;
  return lane < ivec{} + n ? v : vec{};
}

// visit(position, lanes) over count numbers, a vector at a time. Where all lanes are used the compiler knows it.
template <typename Visit>
inline void for_vectors(int64_t count, Visit visit) {
  int64_t i = 0;
  for (; i + W <= count; i += W) visit(i, W);
  if (i < count) visit(i, static_cast<int>(count - i));
}

// The same over a part of them.
constexpr int64_t PART_UNIT = 64;
template <typename Visit>
inline void for_part(const Shard& s, int64_t count, Visit visit) {
  const Shard::Range part = s.share(count, PART_UNIT);
  for_vectors(part.to - part.from, [&](int64_t i, int lanes) { visit(part.from + i, lanes); });
}

inline void write(float* to, vec v, int lanes, bool accumulate) {
  store_part(to, accumulate ? load_part(to, lanes) + v : v, lanes);
}

inline void clear_unless_accumulating(const Operand& input, const Shard& s, float* dx) {
  if (!input.accumulate) std::memset(dx, 0, s.count * input.size * sizeof(float));
}

// For numbers that lie side by side, in place. The costly activations have a loop each, with their constants in registers.
inline void activate_all(const Op& op, float* y, int64_t count) {
  const auto all = [&](auto activation) {
    for_vectors(count, [&](int64_t i, int lanes) { store_part(y + i, activate(activation(), op, load_part(y + i, lanes)), lanes); });
  };
  switch (op.activation) {
    case Activation::gelu: return all([] { return Activation::gelu; });
    case Activation::tanh: return all([] { return Activation::tanh; });
    case Activation::sigmoid: return all([] { return Activation::sigmoid; });
    case Activation::silu: return all([] { return Activation::silu; });
    default: return all([&] { return op.activation; });
  }
}

inline void activation_forward(const Op& op, const Shard& s) {
  const float* x = s.value(op.inputs[0]);
  float* y = s.value(op.output);
  for_part(s, s.count * op.output.size, [&](int64_t i, int lanes) {
    store_part(y + i, activate(op, load_part(x + i, lanes)), lanes);
  });
}

inline void activation_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const float *x = s.value(input), *y = s.value(op.output), *dy = s.gradient(op.output);
  float* dx = s.gradient(input);
  for_vectors(s.count * op.output.size, [&](int64_t i, int lanes) {
    const vec slope = derivative(op, load_part(x + i, lanes), load_part(y + i, lanes));
    write(dx + i, load_part(dy + i, lanes) * slope, lanes, input.accumulate);
  });
}

// The gradient of what entered a fused activation, at i of the outputs y with the gradient dy.
inline vec entering_gradient(const Op& op, const float* y, const float* dy, int64_t i, int lanes) {
  const vec gradient = load_part(dy + i, lanes);
  if (op.activation == Activation::linear) return gradient;
  return gradient * derivative_from_output(op, load_part(y + i, lanes));
}

// Multiplies a gradient by the derivative of the activation that made y, in place.
inline void through_activation(const Op& op, const float* y, float* dy, int64_t count) {
  if (op.activation == Activation::linear) return;
  for_vectors(count, [&](int64_t i, int lanes) {
    const vec slope = derivative_from_output(op, load_part(y + i, lanes));
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

// visit(position, lanes, where its constants begin) over the numbers of an affine op.
template <typename Visit>
inline void for_affine(const Op& op, const Shard& s, Visit visit) {
  static_assert(Op::REPEATS % W == 0 && PART_UNIT % Op::REPEATS == 0, "constants repeat at a vector's beginning");
  const int64_t count = s.count * op.output.size;
  int64_t at = s.share(count, PART_UNIT).from % static_cast<int64_t>(op.scale.size());
  for_part(s, count, [&](int64_t i, int lanes) {
    visit(i, lanes, at);
    at += W;
    if (at == static_cast<int64_t>(op.scale.size())) at = 0;
  });
}

inline void affine_forward(const Op& op, const Shard& s) {
  const float* x = s.value(op.inputs[0]);
  float* y = s.value(op.output);
  for_affine(op, s, [&](int64_t i, int lanes, int64_t at) {
    const vec centered = load_part(x + i, lanes) - load(op.center.data() + at);
    store_part(y + i, activate(op, centered * load(op.scale.data() + at) + load(op.offset.data() + at)), lanes);
  });
}

inline void affine_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const float* dy = s.gradient(op.output);
  float* dx = s.gradient(input);
  for_affine(op, s, [&](int64_t i, int lanes, int64_t at) {
    write(dx + i, load_part(dy + i, lanes) * load(op.scale.data() + at), lanes, input.accumulate);
  });
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
