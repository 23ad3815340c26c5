#include "loss.h"

#include <cmath>

namespace heddle {
namespace {

constexpr double EPSILON = 1e-7;

double clip(double p) { return p < EPSILON ? EPSILON : p > 1 - EPSILON ? 1 - EPSILON : p; }

}  // namespace

int arg_max(const float* values, int size) {
  int best = 0;
  for (int k = 1; k < size; k++)
    if (values[k] > values[best]) best = k;
  return best;
}

double loss_of_example(Loss kind, const float* outputs, const float* row, int label, int size, double weight,
                       float* gradient) {
  const auto target = [&](int k) -> double { return row ? row[k] : k == label; };
  double loss = 0, sum = 0, total = 0;
  for (int k = 0; k < size; k++) total += target(k);
  switch (kind) {
    case Loss::dot:
      for (int k = 0; k < size; k++) {
        loss += target(k) * outputs[k];
        gradient[k] = static_cast<float>(weight * target(k));
      }
      break;
    case Loss::softmax_cross_entropy: {
      const double most = outputs[arg_max(outputs, size)];
      for (int k = 0; k < size; k++) sum += std::exp(outputs[k] - most);
      const double log_sum = most + std::log(sum);
      for (int k = 0; k < size; k++) {
        const double log_p = outputs[k] - log_sum;
        if (target(k) != 0) loss -= target(k) * log_p;
        gradient[k] = static_cast<float>(weight * (total * std::exp(log_p) - target(k)));
      }
      break;
    }
    case Loss::categorical_crossentropy: {
      double common = 0;
      for (int k = 0; k < size; k++) sum += outputs[k];
      const auto slope = [&](int k) {
        const double p = outputs[k] / sum;
        return p == clip(p) ? -target(k) / p : 0;
      };
      for (int k = 0; k < size; k++) {
        if (target(k) != 0) loss -= target(k) * std::log(clip(outputs[k] / sum));
        common += slope(k) * outputs[k] / sum;
      }
      for (int k = 0; k < size; k++) gradient[k] = static_cast<float>(weight * (slope(k) - common) / sum);
      break;
    }
    case Loss::sparse_categorical_crossentropy:
      for (int k = 0; k < size; k++) sum += clip(outputs[k]);
      for (int k = 0; k < size; k++) {
        const double p = clip(outputs[k]);
        if (target(k) != 0) loss -= target(k) * std::log(p / sum);
        gradient[k] = p == outputs[k] ? static_cast<float>(weight * (total / sum - target(k) / p)) : 0;
      }
      break;
    case Loss::count: break;
  }
  return weight * loss;
}

}  // namespace heddle
