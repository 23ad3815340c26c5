// How long an op takes going forward, estimated from its shapes alone: so that who computes it depends on no clock.
#pragma once

#include "program.h"

namespace heddle {

// For one example, in multiply-adds out of registers; reading or writing a number counts as several of them.
// A real number, as a program may name windows that are larger than any integer counts.
inline double work_of(const Op& op) {
  constexpr double MOVE = 4;
  double moved = op.output.size;
  for (const Operand& input : op.inputs) moved += input.size;
  if (op.kind == OpKind::dense) return MOVE * (moved + double(op.units) * op.features);
  if (op.kind != OpKind::convolution) return MOVE * moved;
  // A depthwise convolution loads a number for each product.
  const double price = op.groups == op.in.channels && op.groups > 1 ? MOVE : 1;
  return MOVE * (moved + double(op.units) * op.kernel_row()) + price * op.out.size() * op.kernel_row();
}

}  // namespace heddle
