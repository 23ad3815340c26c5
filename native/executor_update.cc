// The end of a step: blocks of parameters get their gradients, which are clipped, and are updated.
#include <algorithm>
#include <cmath>

#include "executor.h"

namespace heddle {

// Those of the last step can be read after the run, and norms are those of all blocks.
bool Executor::keeps_gradients(const Request& request, int64_t step) const {
  return request.mode == Mode::gradients || program_.update.spans_blocks() || (step + 1) * program_.batch_size >= request.count;
}

// The gradients of a dense layer's weights stay in the scratch of the thread unless they are kept: written to their place, they would leave the
// cache, and be read and written in memory for each step. There, the first unit of a task is `first`.
Executor::Gradients Executor::gradients_of(const Block& block, bool keeps, int thread, int first) const {
  const Op& op = program_.ops[block.op];
  const auto of = [&](int64_t at, int64_t from) { return at == Operand::absent ? nullptr : gradients_.get() + at + from; };
  float* bias = of(op.bias, block.from);
  if (keeps || op.kind != OpKind::dense) return {of(op.kernel, block.from * op.kernel_row()), bias};
  return {scratch_.get() + thread * scratch_floats_ + (block.from - first) * op.kernel_row(), bias};
}

double Executor::penalty(const Block& block, const Gradients& gradients) const {
  const Op& op = program_.ops[block.op];
  const int64_t row = op.kernel_row(), units = block.to - block.from;
  const auto of = [&](const Penalty& penalty, int64_t at, float* gradient, int64_t count) {
    return penalty.any() && at != Operand::absent ? kernels_.penalize(penalty, parameters_.get() + at, gradient, count) : 0.0;
  };
  return of(op.kernel_penalty, op.kernel + block.from * row, gradients.kernel, units * row) +
         of(op.bias_penalty, op.bias + block.from, gradients.bias, units);
}

// The blocks of an op that spans the batch, or with -1 those of all others.
void Executor::finish_all(const Request& request, int64_t step, int spanning) {
  const bool keeps = keeps_gradients(request, step);
  std::vector<Task> tasks;
  for (const Task& task : tasks_) {
    const int op = blocks_[task.from].op;
    if (spanning < 0 ? !spans_[op] : op == spanning) tasks.push_back(task);
  }
  pool_->run(static_cast<int>(tasks.size()), [&](int i, int thread) {
    const Task& task = tasks[i];
    const int op = blocks_[task.from].op;
    timed(request, op, Stage::update, thread, [&] {
      const int from = blocks_[task.from].from;
      const Gradients all = gradients_of(blocks_[task.from], keeps, thread, from);
      kernels_.finish(program_.ops[op], batch_of(op), gradients_.get(), all.kernel, from, blocks_[task.end - 1].to);
      for (int block = task.from; block < task.end; block++) {
        const Gradients gradients = gradients_of(blocks_[block], keeps, thread, from);
        measure(blocks_[block], gradients);
        if (request.mode == Mode::train && !program_.update.spans_blocks()) update(request, step, blocks_[block], gradients);
      }
    });
  });
}

// What the loss and the limits of the gradients need of a block.
void Executor::measure(Block& block, const Gradients& gradients) {
  const Op& op = program_.ops[block.op];
  block.penalty = penalty(block, gradients);
  if (!program_.update.needs_norms()) return;
  const int64_t units = block.to - block.from;
  const auto squares = [&](const float* gradient, int64_t count) { return gradient ? kernels_.squares(gradient, count) : 0.0; };
  block.kernel_squares = squares(gradients.kernel, units * op.kernel_row());
  block.bias_squares = squares(gradients.bias, units);
}

// What the gradients of each op are multiplied by. Blocks are summed in their order, on one thread.
void Executor::measure_norms() {
  std::vector<double> kernels(program_.ops.size()), biases(program_.ops.size());
  double total = 0;
  for (const Block& block : blocks_) {
    kernels[block.op] += block.kernel_squares;
    biases[block.op] += block.bias_squares;
    total += block.kernel_squares + block.bias_squares;
  }
  const bool all = program_.update.clip == Clip::global_norm;
  const double limit = program_.update.clip_limit;
  const auto factor = [&](double squares) {
    const double norm = std::sqrt(all ? total : squares);
    return static_cast<float>(norm > limit ? limit / norm : norm == norm ? 1 : norm);
  };
  kernel_factors_.assign(kernels.size(), 1);
  bias_factors_.assign(biases.size(), 1);
  std::transform(kernels.begin(), kernels.end(), kernel_factors_.begin(), factor);
  std::transform(biases.begin(), biases.end(), bias_factors_.begin(), factor);
}

void Executor::clip(const Block& block, const Gradients& gradients) {
  const UpdateRule& rule = program_.update;
  if (rule.clip == Clip::none) return;
  const Op& op = program_.ops[block.op];
  const bool norms = rule.needs_norms();
  const float limit = norms ? INFINITY : rule.clip_limit;
  const int64_t units = block.to - block.from;
  const auto apply = [&](float* gradient, int64_t count, float factor) {
    if (gradient) kernels_.clip(gradient, count, factor, limit);
  };
  apply(gradients.kernel, units * op.kernel_row(), norms ? kernel_factors_[block.op] : 1);
  apply(gradients.bias, units, norms ? bias_factors_[block.op] : 1);
}

// A matrix is one task: its gradients become the direction of the step.
void Executor::orthogonalize(const Request& request) {
  if (program_.update.kind != Update::muon) return;
  if (program_.update.clip != Clip::none)
    pool_->run(static_cast<int>(blocks_.size()), [&](int i, int thread) { clip(blocks_[i], gradients_of(blocks_[i], true, thread)); });
  pool_->run(static_cast<int>(matrices_.size()), [&](int i, int thread) {
    const Op& op = program_.ops[matrices_[i]];
    float* scratch = matrix_room_.get() + (matrix_at_.empty() ? thread * matrix_floats_ : matrix_at_[i]);
    timed(request, matrices_[i], Stage::update, thread, [&] {
      kernels_.orthogonalize(program_.update, op, gradients_.get() + op.kernel, optimizer_.get() + op.kernel, scratch);
    });
  });
}

// Muon's step is Adam's for all that is no matrix.
void Executor::muon_coefficients(const Op& op, bool matrix, double* coefficients) const {
  const UpdateRule& rule = program_.update;
  const double rate = coefficients[0], longer = std::max<int64_t>(op.units, op.kernel_row());
  const double size = rule.scaled ? rule.rms_rate * std::sqrt(longer) : 1;
  coefficients[0] = rate * (matrix ? size : coefficients[2]);
  coefficients[1] = rate * (matrix ? rule.weight_decay : rule.adam_weight_decay);
}

void Executor::update(const Request& request, int64_t step, Block& block, const Gradients& gradients) {
  const Op& op = program_.ops[block.op];
  if (program_.update.kind != Update::muon) clip(block, gradients);
  kernels_.settle(op, batch_of(block.op), parameters_.get(), block.from, block.to);
  const auto apply = [&](int64_t at, const float* gradient, int64_t count, bool exempt, bool matrix) {
    double coefficients[COEFFICIENTS];
    std::copy_n(request.coefficients + step * COEFFICIENTS, COEFFICIENTS, coefficients);
    for (int i = 0; i < 2; i++) coefficients[i] *= op.rate_factor;
    if (exempt) coefficients[1] = 0;
    UpdateRule rule = program_.update;
    if (rule.kind == Update::muon) {
      muon_coefficients(op, matrix, coefficients);
      if (!matrix) rule.kind = Update::adam;
    }
    float* slots[UpdateRule::MAX_SLOTS] = {};
    for (int i = 0; i < program_.update.slots(); i++) slots[i] = optimizer_.get() + i * program_.learned_floats + at;
    kernels_.update(rule, parameters_.get() + at, gradient, slots, count, coefficients);
  };
  const int64_t row = op.kernel_row();
  const int64_t units = block.to - block.from;
  if (gradients.kernel) apply(op.kernel + block.from * row, gradients.kernel, units * row, op.kernel_exempt, op.is_matrix);
  if (gradients.bias) apply(op.bias + block.from, gradients.bias, units, op.bias_exempt, false);
  kernels_.pack(op, parameters_.get(), panels_.get() + panel_at_[block.op], block.from, block.to);
  block.finite = has_finite_parameters(block);
}

bool Executor::has_finite_parameters(const Block& block) const {
  const Op& op = program_.ops[block.op];
  const int64_t row = op.kernel_row(), units = block.to - block.from;
  const auto finite = [&](int64_t at, int64_t from, int64_t count) {
    return at == Operand::absent || kernels_.all_finite(parameters_.get() + at + from, count);
  };
  return finite(op.kernel, block.from * row, units * row) && finite(op.bias, block.from, units) &&
         finite(op.moving_mean, block.from, units) && finite(op.moving_variance, block.from, units);
}

}  // namespace heddle
