// The only file that uses Node-API: unpacks arguments, checks them, calls the executor off the main thread.
// C++ exceptions become JavaScript ones (NODE_ADDON_API_CPP_EXCEPTIONS_ALL).
#include <napi.h>

#include <memory>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "executor.h"
#include "lab/lab.h"

namespace heddle {
namespace {

template <typename Array>
Array typed(const Napi::Value& value, napi_typedarray_type type, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type)
    throw std::runtime_error(std::string("The native engine expected another kind of array for ") + name + ".");
  return value.As<Array>();
}

bool is_missing(const Napi::Value& value) { return value.IsUndefined() || value.IsNull(); }

class NativeProgram;

// A run's inputs and outputs, copied: JavaScript may transfer, resize or overwrite a buffer during the run. Only the examples
// that the run uses are copied, in the order of their use.
struct Held {
  std::unique_ptr<uint8_t[]> bytes;
  std::unique_ptr<float[]> floats, rows, outputs;
  std::vector<int32_t> order, labels;
  std::vector<double> coefficients, class_weights, mixing;
};

// Throws where the options do not fit the program. What it points to lies in `held`.
Request request_of(const Executor& executor, Napi::Object options, Held& held);
// Throws where the array for the outputs has no room for them any more.
void give_outputs(Napi::Object options, const Request& request, int64_t size);
Napi::Object to_object(Napi::Env env, const Request& request, const Result& result);

// A run off the main thread.
class RunWorker : public Napi::AsyncWorker {
 public:
  RunWorker(Napi::Env env, NativeProgram* owner, Napi::Object options, Request request, Held held);
  void Execute() override;
  void OnOK() override;
  void OnError(const Napi::Error& error) override;
  Napi::Promise promise() const { return deferred_.Promise(); }

 private:
  NativeProgram* owner_;
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference options_, owner_reference_;
  Request request_;
  Held held_;
  Result result_;
};

class NativeProgram : public Napi::ObjectWrap<NativeProgram> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeProgram",
                       {InstanceMethod<&NativeProgram::run>("run"), InstanceMethod<&NativeProgram::read>("read"),
                        InstanceMethod<&NativeProgram::write>("write")});
  }

  explicit NativeProgram(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeProgram>(info) {
    const auto words = typed<Napi::Int32Array>(info[0], napi_int32_array, "a program");
    const int threads = info[1].As<Napi::Number>().Int32Value();
    if (threads < 1 || threads > 1024) throw std::runtime_error("The number of threads must be 1 to 1024.");
    const std::string isa = info[2].As<Napi::String>().Utf8Value();
    executor_ = std::make_unique<Executor>(Program::decode(words.Data(), words.ElementLength()), kernels_for(isa), threads);
  }

  Executor& executor() { return *executor_; }
  bool busy = false;

 private:
  void require_idle() const {
    if (busy) throw std::runtime_error("The program is running: wait for its promise first.");
  }

  // A promise; or the result itself where that is there sooner than another thread would begin.
  Napi::Value run(const Napi::CallbackInfo& info) {
    require_idle();
    const auto options = info[0].As<Napi::Object>();
    Held held;
    Request request = request_of(*executor_, options, held);
    if (executor_->is_short(request)) {
      const Result result = executor_->run(request);
      give_outputs(options, request, executor_->program().output.size);
      return to_object(info.Env(), request, result);
    }
    auto worker = std::make_unique<RunWorker>(info.Env(), this, options, std::move(request), std::move(held));
    const Napi::Promise promise = worker->promise();
    busy = true;
    worker.release()->Queue();  // Node-API deletes it when it is done
    return promise;
  }

  static Napi::Value copy(Napi::Env env, const float* from, int64_t count) {
    auto array = Napi::Float32Array::New(env, count);
    std::copy(from, from + count, array.Data());
    return array;
  }

  Napi::Value read(const Napi::CallbackInfo& info) {
    require_idle();
    const std::string name = info[0].As<Napi::String>().Utf8Value();
    const int64_t count = executor_->program().parameter_floats;
    if (name == "parameters") return copy(info.Env(), executor_->parameters(), count);
    if (name == "gradients") return copy(info.Env(), executor_->gradients(), executor_->gradient_floats());
    if (name == "optimizer") return copy(info.Env(), executor_->optimizer(), executor_->optimizer_floats());
    if (name != "inputGradient") throw std::runtime_error("There is no array called \"" + name + "\".");
    const auto gradient = executor_->input_gradient();
    return copy(info.Env(), gradient.data(), static_cast<int64_t>(gradient.size()));
  }

  void write(const Napi::CallbackInfo& info) {
    require_idle();
    const bool parameters = info[0].As<Napi::String>().Utf8Value() == "parameters";
    const auto values = typed<Napi::Float32Array>(info[1], napi_float32_array, "state");
    const int64_t expected = parameters ? executor_->program().parameter_floats : executor_->optimizer_floats();
    if (static_cast<int64_t>(values.ElementLength()) != expected)
      throw std::runtime_error("Expected " + std::to_string(expected) + " numbers, received " +
                               std::to_string(values.ElementLength()) + ".");
    if (parameters)
      executor_->write_parameters(values.Data());
    else
      executor_->write_optimizer(values.Data());
  }

  std::unique_ptr<Executor> executor_;
};

// The rows `order` of `from`, `size` numbers each, one after the other.
template <typename Number>
std::unique_ptr<Number[]> gather(const Number* from, const std::vector<int32_t>& order, int64_t size) {
  std::unique_ptr<Number[]> rows(new Number[order.size() * size]);
  Number* to = rows.get();
  for (const int32_t index : order) to = std::copy_n(from + index * size, size, to);
  return rows;
}

Request request_of(const Executor& executor, Napi::Object options, Held& held) {
  Request request;
  const Program& program = executor.program();
  const int32_t mode = options.Get("mode").As<Napi::Number>().Int32Value();
  if (mode < 0 || mode > 3) throw std::runtime_error("There is no such mode.");
  request.mode = static_cast<Mode>(mode);
  request.scale = options.Get("scale").As<Napi::Number>().FloatValue();

  const Napi::Value images = options.Get("images");
  const bool bytes = images.IsTypedArray() && images.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  if (!bytes) typed<Napi::Float32Array>(images, napi_float32_array, "images");
  const int64_t examples = static_cast<int64_t>(images.As<Napi::TypedArray>().ElementLength()) / program.input.size;
  // Checked in the copy: a shared buffer can change in between.
  const auto order = typed<Napi::Int32Array>(options.Get("order"), napi_int32_array, "the order");
  held.order.assign(order.Data(), order.Data() + order.ElementLength());
  for (const int32_t index : held.order)
    if (index < 0 || index >= examples)
      throw std::runtime_error("The native engine refused a run: the order names an example that does not exist.");
  if (bytes)
    request.bytes = (held.bytes = gather(images.As<Napi::Uint8Array>().Data(), held.order, program.input.size)).get();
  else
    request.floats = (held.floats = gather(images.As<Napi::Float32Array>().Data(), held.order, program.input.size)).get();
  request.examples = request.count = static_cast<int64_t>(held.order.size());

  const Napi::Value targets = options.Get("targets");
  if (!is_missing(targets)) {
    const bool labels = targets.IsTypedArray() && targets.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
    const int64_t count = targets.IsTypedArray() ? targets.As<Napi::TypedArray>().ElementLength() : 0;
    if (count < examples * (labels ? 1 : program.output.size))
      throw std::runtime_error("There are fewer targets than images.");
    if (labels) {
      const int32_t* all = targets.As<Napi::Int32Array>().Data();
      for (const int32_t index : held.order) held.labels.push_back(all[index]);
      request.labels = held.labels.data();
    } else {
      const auto rows = typed<Napi::Float32Array>(targets, napi_float32_array, "targets");
      request.rows = (held.rows = gather(rows.Data(), held.order, program.output.size)).get();
    }
  }
  std::iota(held.order.begin(), held.order.end(), 0);
  request.order = held.order.data();

  const Napi::Value coefficients = options.Get("coefficients");
  if (!is_missing(coefficients)) {
    const auto numbers = typed<Napi::Float64Array>(coefficients, napi_float64_array, "coefficients");
    const int64_t steps = (request.count + program.batch_size - 1) / program.batch_size;
    if (static_cast<int64_t>(numbers.ElementLength()) < steps * COEFFICIENTS)
      throw std::runtime_error("There are too few coefficients.");
    held.coefficients.assign(numbers.Data(), numbers.Data() + numbers.ElementLength());
    request.coefficients = held.coefficients.data();
  }

  const Napi::Value noise = options.Get("noise");
  if (!is_missing(noise)) {
    const auto words = typed<Napi::Uint32Array>(noise, napi_uint32_array, "noise");
    if (words.ElementLength() != 3) throw std::runtime_error("Noise is a key of two words and a step.");
    request.noise = true;
    request.key[0] = words[0];
    request.key[1] = words[1];
    request.first_step = words[2];
  }

  const Napi::Value class_weights = options.Get("classWeights");
  if (!is_missing(class_weights)) {
    const auto numbers = typed<Napi::Float64Array>(class_weights, napi_float64_array, "class weights");
    if (static_cast<int64_t>(numbers.ElementLength()) != program.output.size)
      throw std::runtime_error("The native engine needs a class weight for every output.");
    held.class_weights.assign(numbers.Data(), numbers.Data() + numbers.ElementLength());
    request.class_weights = held.class_weights.data();
  }
  const Napi::Value top_k = options.Get("topK");
  if (!is_missing(top_k)) request.top_k = top_k.As<Napi::Number>().Int32Value();
  request.profile = options.Get("profile").ToBoolean().Value();
  const Napi::Value augmentation = options.Get("augmentation");
  if (!is_missing(augmentation)) {
    const auto numbers = typed<Napi::Float64Array>(augmentation, napi_float64_array, "an augmentation");
    request.augmentation = Augmentation::decode(numbers.Data(), numbers.ElementLength(), program.input.size);
  }
  const Napi::Value mixing = options.Get("mixing");
  if (!is_missing(mixing)) {
    const auto numbers = typed<Napi::Float64Array>(mixing, napi_float64_array, "what is mixed");
    if (static_cast<int64_t>(numbers.ElementLength()) != request.count * MIX_NUMBERS)
      throw std::runtime_error("There must be as many mixtures as images.");
    held.mixing.assign(numbers.Data(), numbers.Data() + numbers.ElementLength());
    request.mixing = held.mixing.data();
  }

  const Napi::Value outputs = options.Get("outputs");
  if (!is_missing(outputs)) {
    const auto rows = typed<Napi::Float32Array>(outputs, napi_float32_array, "the outputs");
    if (static_cast<int64_t>(rows.ElementLength()) < request.count * program.output.size)
      throw std::runtime_error("There is too little room for the outputs.");
    held.outputs.reset(new float[request.count * program.output.size]);
    request.outputs = held.outputs.get();
  }
  executor.check(request);
  return request;
}

void give_outputs(Napi::Object options, const Request& request, int64_t size) {
  if (!request.outputs) return;
  auto rows = options.Get("outputs").As<Napi::Float32Array>();
  if (static_cast<int64_t>(rows.ElementLength()) < request.count * size)
    throw std::runtime_error(
        "An array that the network reads or writes was transferred or resized while it was running. Keep it until the network "
        "is done, or give a copy away.");
  std::copy_n(request.outputs, request.count * size, rows.Data());
}

RunWorker::RunWorker(Napi::Env env, NativeProgram* owner, Napi::Object options, Request request, Held held)
    : Napi::AsyncWorker(env, "heddle:run"),
      owner_(owner),
      deferred_(env),
      options_(Napi::Persistent(options)),
      owner_reference_(Napi::Persistent(owner->Value())),
      request_(std::move(request)),
      held_(std::move(held)) {}

void RunWorker::Execute() { result_ = owner_->executor().run(request_); }

Napi::Object to_object(Napi::Env env, const Request& request, const Result& result) {
  const auto object = Napi::Object::New(env);
  object.Set("steps", static_cast<double>(result.steps));
  auto losses = Napi::Float64Array::New(env, result.losses.size());
  std::copy(result.losses.begin(), result.losses.end(), losses.Data());
  object.Set("losses", losses);
  auto correct = Napi::Int32Array::New(env, result.correct.size());
  std::copy(result.correct.begin(), result.correct.end(), correct.Data());
  object.Set("correct", correct);
  auto top_correct = Napi::Int32Array::New(env, result.top_correct.size());
  std::copy(result.top_correct.begin(), result.top_correct.end(), top_correct.Data());
  object.Set("topCorrect", top_correct);
  if (request.profile) {
    auto seconds = Napi::Float64Array::New(env, result.op_seconds.size());
    std::copy(result.op_seconds.begin(), result.op_seconds.end(), seconds.Data());
    object.Set("opSeconds", seconds);
  }
  if (result.failed) {
    object.Set("failedOp", static_cast<double>(result.failed_op));
    object.Set("failedWeights", result.failed_weights);
  }
  return object;
}

void RunWorker::OnOK() {
  owner_->busy = false;
  try {
    give_outputs(options_.Value(), request_, owner_->executor().program().output.size);
  } catch (const std::exception& error) {
    return deferred_.Reject(Napi::Error::New(Env(), error.what()).Value());
  }
  deferred_.Resolve(to_object(Env(), request_, result_));
}

void RunWorker::OnError(const Napi::Error& error) {
  owner_->busy = false;
  deferred_.Reject(error.Value());
}

Napi::Value isa(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), kernels_for(info[0].As<Napi::String>().Utf8Value()).name);
}

Napi::Value fma_peak(const Napi::CallbackInfo& info) {
  const int threads = info[1].As<Napi::Number>().Int32Value();
  if (threads < 1 || threads > 1024) throw std::runtime_error("The number of threads must be 1 to 1024.");
  return Napi::Number::New(info.Env(), heddle::fma_peak(info[0].As<Napi::String>().Utf8Value(), threads));
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeProgram", NativeProgram::define(env));
  exports.Set("isa", Napi::Function::New(env, isa));
  exports.Set("fmaPeak", Napi::Function::New(env, fma_peak));
  return exports;
}

}  // namespace
}  // namespace heddle

static Napi::Object initialize(Napi::Env env, Napi::Object exports) { return heddle::initialize(env, exports); }
NODE_API_MODULE(heddle, initialize)
