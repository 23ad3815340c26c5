#include "loss.h"

#include <cmath>

namespace heddle {
namespace {

constexpr double EPSILON = 1e-7;

double clip(double p) { return p < EPSILON ? EPSILON : p > 1 - EPSILON ? 1 - EPSILON : p; }

struct Example {
  const float* y;
  const float* row;
  int label, size;
  double weight;
  float* dy;

  double target(int k) const { return row ? row[k] : k == label; }
  double targets() const {
    double sum = 0;
    for (int k = 0; k < size; k++) sum += target(k);
    return sum;
  }
};

double softmax_cross_entropy(const Example& e) {
  const double most = e.y[arg_max(e.y, e.size)], total = e.targets();
  double sum = 0, loss = 0;
  for (int k = 0; k < e.size; k++) sum += std::exp(e.y[k] - most);
  const double log_sum = most + std::log(sum);
  for (int k = 0; k < e.size; k++) {
    const double log_p = e.y[k] - log_sum;
    if (e.target(k) != 0) loss -= e.target(k) * log_p;
    e.dy[k] = static_cast<float>(e.weight * (total * std::exp(log_p) - e.target(k)));
  }
  return e.weight * loss;
}

// Classes with the target 0 are not skipped: 0 / 0 at any class must make the loss NaN, as in Keras.
double categorical_crossentropy(const Example& e) {
  double sum = 0, loss = 0, common = 0;
  for (int k = 0; k < e.size; k++) sum += e.y[k];
  const auto slope = [&](int k) {
    const double p = e.y[k] / sum;
    return p == clip(p) ? -e.target(k) / p : 0;
  };
  for (int k = 0; k < e.size; k++) {
    loss -= e.target(k) * std::log(clip(e.y[k] / sum));
    common += slope(k) * e.y[k] / sum;
  }
  for (int k = 0; k < e.size; k++) e.dy[k] = static_cast<float>(e.weight * (slope(k) - common) / sum);
  return e.weight * loss;
}

double sparse_categorical_crossentropy(const Example& e) {
  const double total = e.targets();
  double sum = 0, loss = 0;
  for (int k = 0; k < e.size; k++) sum += clip(e.y[k]);
  for (int k = 0; k < e.size; k++) {
    const double p = clip(e.y[k]);
    if (e.target(k) != 0) loss -= e.target(k) * std::log(p / sum);
    e.dy[k] = p == e.y[k] ? static_cast<float>(e.weight * (total / sum - e.target(k) / p)) : 0;
  }
  return e.weight * loss;
}

double sigmoid_cross_entropy(const Example& e) {
  const double each = e.weight / e.size;
  double loss = 0;
  for (int k = 0; k < e.size; k++) {
    const double x = e.y[k], small = std::exp(-std::fabs(x));
    loss += (x > 0 ? x : 0) - x * e.target(k) + std::log1p(small);
    e.dy[k] = static_cast<float>(each * ((x >= 0 ? 1 : small) / (1 + small) - e.target(k)));
  }
  return each * loss;
}

double binary_crossentropy(const Example& e) {
  const double each = e.weight / e.size;
  double loss = 0;
  for (int k = 0; k < e.size; k++) {
    const double p = clip(e.y[k]), t = e.target(k);
    loss -= t * std::log(p) + (1 - t) * std::log(1 - p);
    e.dy[k] = p == e.y[k] ? static_cast<float>(each * ((1 - t) / (1 - p) - t / p)) : 0;
  }
  return each * loss;
}

double mean_squared_error(const Example& e) {
  const double each = e.weight / e.size;
  double loss = 0;
  for (int k = 0; k < e.size; k++) {
    const double error = e.y[k] - e.target(k);
    loss += error * error;
    e.dy[k] = static_cast<float>(each * 2 * error);
  }
  return each * loss;
}

double dot(const Example& e) {
  double loss = 0;
  for (int k = 0; k < e.size; k++) {
    loss += e.target(k) * e.y[k];
    e.dy[k] = static_cast<float>(e.weight * e.target(k));
  }
  return e.weight * loss;
}

}  // namespace

bool in_top(int k, const float* values, int size, int label) {
  int larger = 0;
  for (int i = 0; i < size; i++) {
    if (!std::isfinite(values[i])) return false;
    larger += values[i] > values[label];
  }
  return larger < k;
}

int arg_max(const float* values, int size) {
  int best = 0;
  for (int k = 1; k < size; k++)
    if (values[k] > values[best]) best = k;
  return best;
}

double loss_of_example(Loss kind, const float* outputs, const float* row, int label, int size, double weight,
                       float* gradient) {
  const Example e{outputs, row, label, size, weight, gradient};
  switch (kind) {
    case Loss::softmax_cross_entropy: return softmax_cross_entropy(e);
    case Loss::categorical_crossentropy: return categorical_crossentropy(e);
    case Loss::sparse_categorical_crossentropy: return sparse_categorical_crossentropy(e);
    case Loss::sigmoid_cross_entropy: return sigmoid_cross_entropy(e);
    case Loss::binary_crossentropy: return binary_crossentropy(e);
    case Loss::mean_squared_error: return mean_squared_error(e);
    case Loss::dot: return dot(e);
    case Loss::count: break;
  }
  return 0;
}

}  // namespace heddle
