// The optimizers' rules and the regularizers' penalties: the twins of src/ops/{update,penalty}.ts, with the formulas.
#pragma once

#include "elementwise.h"

namespace heddle {
namespace HEDDLE_ISA {

// Summed in double: the square of a float always fits.
inline double penalize(const Penalty& p, const float* weights, float* gradients, int64_t count) {
  typedef double dvec __attribute__((vector_size(W * sizeof(double))));
  dvec magnitudes{}, squares{};
  for_vectors(count, [&](int64_t i, int lanes) {
    const vec w = load_part(weights + i, lanes), zero{};
    const dvec wide = __builtin_convertvector(w, dvec);
    magnitudes += __builtin_convertvector(magnitude(w), dvec);
    squares += wide * wide;
    if (!gradients) return;
    const vec slope = w > zero ? splat(p.l1) : w < zero ? splat(-p.l1) : zero;
    write(gradients + i, slope + splat(2 * p.l2) * w, lanes, true);
  });
  double penalty = 0;
  for (int k = 0; k < W; k++) penalty += p.l1 * magnitudes[k] + p.l2 * squares[k];
  return penalty;
}

// Summed in double, as the norm of all weights is a sum of many.
inline double squares(const float* gradients, int64_t count) {
  typedef double dvec __attribute__((vector_size(W * sizeof(double))));
  dvec total{};
  for_vectors(count, [&](int64_t i, int lanes) {
    const dvec wide = __builtin_convertvector(load_part(gradients + i, lanes), dvec);
    total += wide * wide;
  });
  double sum = 0;
  for (int k = 0; k < W; k++) sum += total[k];
  return sum;
}

// Without a way out of the loop: it follows every update.
inline bool all_finite(const float* values, int64_t count) {
  constexpr int32_t EXPONENT = 0x7f800000;
  ivec bad{};
  for_vectors(count, [&](int64_t i, int lanes) {
    const vec numbers = load_part(values + i, lanes);
    ivec bits;
    std::memcpy(&bits, &numbers, sizeof bits);
    bad |= (bits & EXPONENT) == EXPONENT;
  });
  for (int k = 0; k < W; k++)
    if (bad[k]) return false;
  return true;
}

inline void clip(float* gradients, int64_t count, float factor, float limit) {
  for_vectors(count, [&](int64_t i, int lanes) {
    const vec scaled = load_part(gradients + i, lanes) * splat(factor);
    store_part(gradients + i, at_most(at_least(scaled, splat(-limit)), splat(limit)), lanes);
  });
}

// Some weights of the network, their gradients and state, and the numbers of this step.
struct Learning {
  float* weights;
  const float* gradients;
  float* const* slots;
  int64_t count;
  vec coefficients[COEFFICIENTS];
};

// A moving average in place: x moves by the share `rest` towards `to`.
inline vec approach(float* x, vec to, float rest, int lanes) {
  vec average = load_part(x, lanes);
  average += (to - average) * splat(rest);
  store_part(x, average, lanes);
  return average;
}

inline void subtract(float* weights, vec step, int lanes) {
  store_part(weights, load_part(weights, lanes) - step, lanes);
}

inline void sgd(const UpdateRule& rule, const Learning& l) {
  const vec rate = l.coefficients[0], momentum = splat(rule.momentum);
  for_vectors(l.count, [&](int64_t i, int lanes) {
    const vec move = rate * load_part(l.gradients + i, lanes);
    vec w = load_part(l.weights + i, lanes);
    if (rule.momentum > 0) {
      const vec velocity = momentum * load_part(l.slots[0] + i, lanes) - move;
      store_part(l.slots[0] + i, velocity, lanes);
      w += rule.nesterov ? momentum * velocity - move : velocity;
    } else {
      w -= move;
    }
    store_part(l.weights + i, w, lanes);
  });
}

inline void rmsprop(const UpdateRule& rule, const Learning& l) {
  const vec rate = l.coefficients[0], momentum = splat(rule.momentum), epsilon = splat(rule.epsilon);
  float *squares = l.slots[0], *mean = rule.centered ? l.slots[1] : nullptr;
  float* velocity = rule.momentum > 0 ? l.slots[rule.rule_slots() - 1] : nullptr;
  for_vectors(l.count, [&](int64_t i, int lanes) {
    const vec g = load_part(l.gradients + i, lanes);
    vec variance = approach(squares + i, g * g, rule.rho_rest, lanes);
    if (mean) {
      const vec m = approach(mean + i, g, rule.rho_rest, lanes);
      variance = at_least(variance - m * m, splat(0.f));
    }
    vec step = rate * g / sqrt(variance + epsilon);
    if (velocity) {
      step += momentum * load_part(velocity + i, lanes);
      store_part(velocity + i, step, lanes);
    }
    subtract(l.weights + i, step, lanes);
  });
}

inline void adagrad(const UpdateRule& rule, const Learning& l) {
  const vec rate = l.coefficients[0], epsilon = splat(rule.epsilon);
  for_vectors(l.count, [&](int64_t i, int lanes) {
    const vec g = load_part(l.gradients + i, lanes);
    const vec total = load_part(l.slots[0] + i, lanes) + g * g;
    store_part(l.slots[0] + i, total, lanes);
    subtract(l.weights + i, rate * g / sqrt(total + epsilon), lanes);
  });
}

inline void adadelta(const UpdateRule& rule, const Learning& l) {
  const vec rate = l.coefficients[0], epsilon = splat(rule.epsilon);
  for_vectors(l.count, [&](int64_t i, int lanes) {
    const vec g = load_part(l.gradients + i, lanes);
    const vec squares = approach(l.slots[0] + i, g * g, rule.rho_rest, lanes);
    const vec moves = load_part(l.slots[1] + i, lanes);
    const vec move = sqrt(moves + epsilon) * g / sqrt(squares + epsilon);
    approach(l.slots[1] + i, move * move, rule.rho_rest, lanes);
    subtract(l.weights + i, rate * move, lanes);
  });
}

inline void adam(const UpdateRule& rule, const Learning& l) {
  const vec size = l.coefficients[0], decay = l.coefficients[1], epsilon = splat(rule.epsilon);
  for_vectors(l.count, [&](int64_t i, int lanes) {
    const vec g = load_part(l.gradients + i, lanes);
    const vec m = approach(l.slots[0] + i, g, rule.beta1_rest, lanes);
    const vec v = approach(l.slots[1] + i, g * g, rule.beta2_rest, lanes);
    const vec w = load_part(l.weights + i, lanes);
    store_part(l.weights + i, w - w * decay - size * m / (sqrt(v) + epsilon), lanes);
  });
}

inline void nadam(const UpdateRule& rule, const Learning& l) {
  const vec past = l.coefficients[0], present = l.coefficients[1], correction = l.coefficients[2];
  const vec epsilon = splat(rule.epsilon);
  for_vectors(l.count, [&](int64_t i, int lanes) {
    const vec g = load_part(l.gradients + i, lanes);
    const vec m = approach(l.slots[0] + i, g, rule.beta1_rest, lanes);
    const vec v = approach(l.slots[1] + i, g * g, rule.beta2_rest, lanes);
    subtract(l.weights + i, (past * m + present * g) / (sqrt(correction * v) + epsilon), lanes);
  });
}

// An op that is a matrix: the gradients are its direction, the coefficients what it and the weights are multiplied by.
inline void muon(const Learning& l) {
  const vec size = l.coefficients[0], decay = l.coefficients[1];
  for_vectors(l.count, [&](int64_t i, int lanes) {
    const vec w = load_part(l.weights + i, lanes);
    store_part(l.weights + i, w - w * decay - size * load_part(l.gradients + i, lanes), lanes);
  });
}

inline void average(const UpdateRule& rule, const Learning& l) {
  const float share = l.coefficients[3][0];
  const bool overwrites = l.coefficients[4][0] == 1;
  float* averages = l.slots[rule.slots() - 1];
  for_vectors(l.count, [&](int64_t i, int lanes) {
    const vec w = load_part(l.weights + i, lanes);
    // The first average is the weights themselves, to the bit.
    vec mean = w;
    if (share == 1)
      store_part(averages + i, w, lanes);
    else
      mean = approach(averages + i, w, share, lanes);
    if (overwrites) store_part(l.weights + i, mean, lanes);
  });
}

inline void step(const UpdateRule& rule, const Learning& l) {
  switch (rule.kind) {
    case Update::sgd: return sgd(rule, l);
    case Update::rmsprop: return rmsprop(rule, l);
    case Update::adagrad: return adagrad(rule, l);
    case Update::adadelta: return adadelta(rule, l);
    case Update::adam: return adam(rule, l);
    case Update::nadam: return nadam(rule, l);
    case Update::muon: return muon(l);
    case Update::none:
    case Update::count: return;
  }
}

inline void update(const UpdateRule& rule, float* weights, const float* gradients, float* const* slots, int64_t count,
                   const double* coefficients) {
  Learning l = {weights, gradients, slots, count, {}};
  for (int i = 0; i < COEFFICIENTS; i++) l.coefficients[i] = splat(static_cast<float>(coefficients[i]));
  step(rule, l);
  if (rule.averages) average(rule, l);
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
