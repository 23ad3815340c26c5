// The losses of src/ops/loss.ts, in double precision: a row is short, and -log p near 1 needs the digits.
#pragma once

#include "program.h"

namespace heddle {

// The loss of one example times `weight`, and its gradient with respect to the outputs. The target is `row`, or the
// one-hot row of `label` where there is none.
double loss_of_example(Loss kind, const float* outputs, const float* row, int label, int size, double weight,
                       float* gradient);

// Whether fewer than k values are larger than that of `label`; never where one is not finite.
bool in_top(int k, const float* values, int size, int label);

// The position of the largest value; the first of equal ones.
int arg_max(const float* values, int size);

}  // namespace heddle
