// The only file for WebAssembly: one program in its own instance, which JavaScript drops when it is done
// (src/engine/backends/wasm/program.ts). Memory is not freed here, and pointers that are 0 are absent.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <typeinfo>

#include "executor.h"

#define EXPORT(name) __attribute__((export_name(name)))

// Throws a JavaScript error with this text.
__attribute__((import_module("heddle"), import_name("refuse"))) extern "C" [[noreturn]] void heddle_refuse(
    const char* text, size_t length);

// C++ `throw` calls these. Node 20 and browsers share no form of C++ exceptions, so JavaScript throws instead. No `catch` of native/
// runs (Pool::fail takes the place of the only one), and only the memory of the frames in between is lost.
extern "C" void* __cxa_allocate_exception(size_t size) noexcept { return std::malloc(size); }

extern "C" [[noreturn]] void __cxa_throw(void* thrown, std::type_info* type, void (*)(void*)) {
  const char* text = *type == typeid(std::bad_alloc) ? "WebAssembly has no memory left: use a smaller batch."
                                                     : static_cast<std::exception*>(thrown)->what();
  heddle_refuse(text, std::strlen(text));
}

// The last words of the C++ library; its own form would print, and ask for a system to print to.
void std::__libcpp_verbose_abort(const char* format, ...) noexcept { heddle_refuse(format, std::strlen(format)); }
extern "C" [[noreturn]] void __abort_message(const char* format, ...) { heddle_refuse(format, std::strlen(format)); }

#ifdef __wasm_atomics__
// The C library's allocator is made for one thread.
namespace {

std::atomic<bool> allocating{false};

struct Turn {
  Turn() {
    while (allocating.exchange(true)) {
    }
  }
  ~Turn() { allocating = false; }
};

}  // namespace

void* operator new(size_t bytes) {
  const Turn turn;
  void* room = std::malloc(bytes > 0 ? bytes : 1);
  if (!room) throw std::bad_alloc();
  return room;
}

void operator delete(void* room) noexcept {
  const Turn turn;
  std::free(room);
}

void operator delete(void* room, size_t) noexcept { operator delete(room); }
#endif

// No clock without a system: requests never ask for a profile here.
std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept { return {}; }

namespace heddle {
namespace {

std::shared_ptr<Pool> pool;
std::unique_ptr<Executor> executor;
std::optional<Augmentation> augmentation;
Result result;
std::vector<float> state;  // on its way in or out

}  // namespace

enum class State { parameters, gradients, optimizer, input_gradient };

EXPORT("allocate") void* allocate(double bytes) {
  void* room = bytes < PTRDIFF_MAX ? std::malloc(static_cast<size_t>(bytes)) : nullptr;
  if (!room) throw std::bad_alloc();
  return room;
}

EXPORT("create") void create(const int32_t* words, size_t count, int threads) {
  pool = Pool::with(threads);
  executor = std::make_unique<Executor>(Program::decode(words, count), kernels_simd128(), threads);
}

// Threads are wanted until `end`; returns the number of their shift. Memory must not grow meanwhile: another instance hears late of its size, and refuses
// what lies behind. So what images need of it while they are loaded, mixed and compared is taken and given back before.
EXPORT("begin") int begin(bool may_sleep) {
  const Program& program = executor->program();
  const size_t numbers = program.input.size * size_t{2} + program.output.size * size_t{8};
  std::free(allocate(static_cast<double>((pool->threads() * numbers + (1 << 18)) * sizeof(float))));
  pool->may_sleep = may_sleep;
  return pool->begin_shift();
}
EXPORT("end") void end() { pool->begin_shift(); }
EXPORT("work") void work(int thread, int shift) { pool->work(thread, shift); }
EXPORT("fail") void fail(int thread) { pool->fail(thread); }

EXPORT("batchSize") int batch_size() { return executor->program().batch_size; }
EXPORT("inputSize") int input_size() { return static_cast<int>(executor->program().input.size); }
EXPORT("outputSize") int output_size() { return static_cast<int>(executor->program().output.size); }

// For the steps that follow; no numbers: images stay as they are.
EXPORT("augment") void augment(const double* numbers, size_t count) {
  augmentation.reset();
  if (LEARNS && count > 0) augmentation = Augmentation::decode(numbers, count, executor->program().input.size);
}

// One batch; false: its loss was not finite, or the weights after it.
EXPORT("step") bool step(int mode, int count, const uint8_t* bytes, const float* floats, float scale,
                         const int32_t* labels, const float* rows, const int32_t* order, const double* coefficients,
                         bool noise, uint32_t key0, uint32_t key1, uint32_t number, float* outputs,
                         const double* class_weights, int top_k, const double* mixing) {
  Request request;
  request.mode = static_cast<Mode>(mode);
  request.bytes = bytes;
  request.floats = floats;
  request.examples = request.count = count;
  request.scale = scale;
  request.labels = labels;
  request.rows = rows;
  request.order = order;
  request.coefficients = coefficients;
  request.noise = noise;
  request.key[0] = key0;
  request.key[1] = key1;
  request.first_step = number;
  request.augmentation = augmentation;
  request.outputs = outputs;
  request.class_weights = class_weights;
  request.top_k = top_k;
  request.mixing = mixing;
  executor->check(request);
  result = executor->run(request);
  return !result.failed;
}

EXPORT("loss") double loss() { return result.losses[0]; }
EXPORT("correct") int correct() { return result.correct[0]; }
EXPORT("topCorrect") int top_correct() { return result.top_correct[0]; }
EXPORT("failedOp") int failed_op() { return static_cast<int>(result.failed_op); }
EXPORT("failedWeights") bool failed_weights() { return result.failed_weights; }

EXPORT("stateFloats") int state_floats(State name) {
  if (name == State::optimizer) return static_cast<int>(executor->optimizer_floats());
  if (name == State::gradients) return static_cast<int>(executor->gradient_floats());
  if (name == State::input_gradient) return static_cast<int>((state = executor->input_gradient()).size());
  return static_cast<int>(executor->program().parameter_floats);
}

EXPORT("read") const float* read(State name) {
  if (name == State::parameters) return executor->parameters();
  if (name == State::gradients) return executor->gradients();
  if (name == State::optimizer) return executor->optimizer();
  return state.data();
}

// Where to put what `write` is to take.
EXPORT("room") float* room(int count) {
  state.resize(count);
  return state.data();
}

EXPORT("write") void write(State name) {
  if (name == State::parameters) executor->write_parameters(state.data());
  if (name == State::optimizer) executor->write_optimizer(state.data());
}

}  // namespace heddle
