// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"
#include "core/network/model/model.h"
#include "core/storage/activation_scheme.h"
#include "core/storage/packed_tensor.h"

#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// The weights an engine computes with, slot by slot, as stored (f32/f16/bf16 originals or packed),
/// and what becomes of the values between its steps.
class WeightSource {
public:
    virtual ~WeightSource() = default;
    virtual PackedTensor slot(int index) const = 0;
    /// How a value (canBeQuantized) is quantized before anything reads it; null: not at all.
    virtual const ActivationScheme* activationScheme(int value) const = 0;
};

/// WeightSource::activationScheme of every value of a graph. Error when one cannot be quantized.
std::vector<const ActivationScheme*> activationSchemesOf(const Graph& graph,
                                                         const WeightSource& source);

/// The checkpoint's own weights.
class OriginalWeights : public WeightSource {
public:
    explicit OriginalWeights(std::shared_ptr<const Model> model)
        : m_model(std::move(model))
    {
    }
    PackedTensor slot(int index) const override;
    const ActivationScheme* activationScheme(int /*value*/) const override { return nullptr; }

private:
    std::shared_ptr<const Model> m_model;
};

/// One running text: the states (KV cache) and how many positions they hold.
class Sequence {
public:
    virtual ~Sequence() = default;
    virtual int64_t length() const = 0;
    /// Back to length 0.
    virtual void clear() = 0;
};

enum class Rows { All, Last };

/// Sees a value as it is computed: index into Graph::values, [positions, width].
using ValueTap = std::function<void(int value, MatrixView)>;

/// Whole texts, one below the other, nobody padded: each begins at position 0 and sees itself
/// alone.
struct TextBatch {
    std::vector<int64_t> lengths; ///< positions of each text
    std::vector<int32_t> tokens;  ///< of all texts
    int given = -1;               ///< a value given in place of the tokens; -1: none
    Matrix rows;                  ///< its rows, for all texts

    int64_t positions() const
    {
        return std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
    }
    void add(std::span<const int32_t> text);
    /// Texts [from, to) of it.
    TextBatch texts(const Graph& graph, size_t from, size_t to) const;
};

/// Runs a graph with given weights. Two implementations: Torch (core) and Vulkan (gpu). One thread
/// at a time per engine. No output holds NaN or infinity: an Error names the first value of the
/// graph that does.
class Engine {
public:
    virtual ~Engine() = default;
    /// "torch" or "vulkan".
    virtual std::string id() const = 0;
    /// For the status bar: "Torch, 2 threads", "Vulkan: llvmpipe (LLVM 15.0.6)".
    virtual std::string description() const = 0;
    /// Memory held for weights, bytes.
    virtual int64_t weightBytes() const = 0;
    /// An empty sequence holding up to `positions`.
    virtual std::unique_ptr<Sequence> newSequence(int64_t positions) = 0;
    /// Appends `tokens` to the sequence and returns the logits [All: tokens, Last: 1; vocabulary].
    /// Error when the sequence is full or a token is outside the vocabulary.
    virtual Matrix run(Sequence& sequence, std::span<const int32_t> tokens, Rows rows) = 0;
    /// As run, showing every value to `tap`. Error "cannot be tapped" where unsupported.
    virtual Matrix runTapped(Sequence& sequence, std::span<const int32_t> tokens,
                             const ValueTap& tap);
    /// The output of whole texts: a row for each text where they are pooled, else for each
    /// position. Shows every value to `tap`, if there is one. Error when a text is empty or longer
    /// than the context, a token is outside the vocabulary, or the given value is not enough or not
    /// finite.
    virtual Matrix encode(const TextBatch& batch, const ValueTap& tap = {}) = 0;
};

/// Error when `token` is outside the vocabulary.
void checkToken(const Graph& graph, int32_t token);
/// Engine::encode, text by text: for networks whose positions look back on states.
Matrix encodeOneByOne(Engine& engine, const Graph& graph, const TextBatch& batch,
                      const ValueTap& tap);
/// Throws what Engine::encode throws for a batch that `graph` cannot take.
void checkBatch(const Graph& graph, const TextBatch& batch);

/// Makes engines. `wanted`: "torch", "vulkan" or "" (best measured). When another one than wanted
/// had to be taken, `notice` receives one sentence saying why.
using EngineFactory = std::function<std::unique_ptr<Engine>(
    std::shared_ptr<const Model> model, const WeightSource& weights, const std::string& wanted,
    std::string& notice)>;

struct TorchOptions {
    int threads = 0; ///< 0: all cores
    int64_t residentWeightBytes = int64_t{4}
                                  << 30; ///< above: weights are decoded one block at a time
};
/// The oracle: plain fp32 on decoded weights.
std::unique_ptr<Engine> makeTorchEngine(std::shared_ptr<const Model> model,
                                        const WeightSource& weights, TorchOptions options = {});
/// Names of the operations that it can run.
std::vector<std::string_view> torchOperations();

} // namespace bitloom
