// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/settings/product_timer.h"

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/network/graph/graph_check.h"
#include "core/quantize/methods/method.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace bitloom {

namespace {

constexpr int64_t kPositions = 1024;
constexpr int64_t kMostCopies = 8;
constexpr int64_t kMostBytes = int64_t{256} << 20; ///< of the copies together, as floats
constexpr int64_t kDifferentRows = 16;

/// Rows, columns, scheme.
using Product = std::tuple<int64_t, int64_t, std::string>;

enum ProbeSlot { kEmbedding, kHead, kFirstProduct };
enum ProbeValue { kTokens, kVector, kLogits, kFirstResult };

Slot probeSlot(const std::string& name, Role role, int64_t rows, int64_t columns)
{
    Slot slot;
    slot.name = slot.tensor = name;
    slot.role = role;
    slot.rows = rows;
    slot.columns = columns;
    return slot;
}

Step probeStep(std::string_view operation, int input, int output, int slot)
{
    Step step;
    step.operation = operation;
    step.inputs = {input};
    step.output = output;
    step.slots = {slot};
    return step;
}

/// tokens → a vector → `copies` products with it, which nobody reads → one number. The results die
/// at once, so that they share memory: none is written before the one before it was.
std::shared_ptr<const Model> probeModel(int64_t rows, int64_t columns, int copies)
{
    auto model = std::make_shared<Model>();
    Graph& graph = model->graph;
    model->identity = model->name = "products";
    graph.vocabulary = 1;
    graph.contextLength = kPositions;
    graph.values = {{"tokens", 1}, {"vector", columns}, {"logits", 1}};
    graph.slots = {probeSlot("table", Role::TokenEmbedding, 1, columns),
                   probeSlot("head", Role::OutputHead, 1, columns)};
    Program program;
    program.name = "decode";
    program.input = kTokens;
    program.output = kLogits;
    program.steps.push_back(probeStep("embed", kTokens, kVector, kEmbedding));
    for (int i = 0; i < copies; ++i) {
        graph.values.push_back({"product" + std::to_string(i), rows});
        graph.slots.push_back(
            probeSlot("matrix" + std::to_string(i), Role::FeedForwardUp, rows, columns));
        program.steps.push_back(probeStep("linear", kVector, kFirstResult + i, kFirstProduct + i));
    }
    program.steps.push_back(probeStep("linear", kVector, kLogits, kHead));
    graph.programs.push_back(std::move(program));
    fillUses(graph);
    return model;
}

Matrix someNumbers(int64_t rows, int64_t columns)
{
    Matrix numbers(rows, columns);
    for (size_t i = 0; i < numbers.values.size(); ++i)
        numbers.values[i] = static_cast<float>(randomUniform(1, i) - 0.5);
    return numbers;
}

/// A few rows, again and again: what they hold makes no difference to how long they take.
PackedTensor repeatedRows(const Scheme& scheme, int64_t rows, int64_t columns)
{
    const int64_t different = std::min(rows, kDifferentRows);
    const PackedTensor encoded =
        encodeMatrix(scheme, methodNamed("nearest"), someNumbers(different, columns).view());
    const std::span<const std::byte> few = encoded.rowsOf(0, different);
    std::span<std::byte> all;
    PackedTensor repeated =
        PackedTensor::allocate(scheme, rows, columns, encoded.parameters(), all);
    for (size_t at = 0; at < all.size(); at += few.size())
        std::memcpy(all.data() + at, few.data(), std::min(few.size(), all.size() - at));
    return repeated;
}

class ProbeWeights : public WeightSource {
public:
    explicit ProbeWeights(const Product& product)
        : m_vector(repeatedRows(schemeNamed("f32"), 1, std::get<1>(product)))
        , m_matrix(repeatedRows(schemeNamed(std::get<2>(product)), std::get<0>(product),
                                std::get<1>(product)))
    {
    }
    PackedTensor slot(int index) const override
    {
        return index < kFirstProduct ? m_vector : m_matrix;
    }
    const ActivationScheme* activationScheme(int /*value*/) const override { return nullptr; }

private:
    PackedTensor m_vector;
    PackedTensor m_matrix;
};

/// What was measured since the program started: by engine and product; without a scheme: of the
/// network without products.
class Known {
public:
    template <class Measure>
    double get(const std::string& engine, const Product& product, const Measure& measure)
    {
        const std::scoped_lock lock(m_mutex);
        const auto key = std::pair(engine, product);
        if (const auto found = m_seconds.find(key); found != m_seconds.end())
            return found->second;
        return m_seconds[key] = measure();
    }

private:
    std::recursive_mutex m_mutex; ///< also: no two measurements disturb each other
    std::map<std::pair<std::string, Product>, double> m_seconds;
};

Known& known()
{
    static Known kKnown;
    return kKnown;
}

double quickest(const std::function<void()>& run)
{
    using Clock = std::chrono::steady_clock;
    constexpr int kFewest = 20; // on a busy machine, one of them is left alone
    constexpr int kMost = 400;
    constexpr std::chrono::duration<double> kEnough(0.02);
    run();
    std::chrono::duration<double> least(1e9);
    std::chrono::duration<double> sum(0);
    for (int i = 0; i < kFewest || (i < kMost && sum < kEnough); ++i) {
        const auto start = Clock::now();
        run();
        const std::chrono::duration<double> passed = Clock::now() - start;
        least = std::min(least, passed);
        sum += passed;
    }
    return least.count();
}

} // namespace

double tokenSeconds(Engine& engine, const Graph& graph)
{
    constexpr int64_t kTokens = 32;
    const int64_t most = std::min(kTokens, graph.contextLength);
    const auto sequence = engine.newSequence(most);
    const int32_t token = 0;
    return quickest([&] {
        if (sequence->length() == most)
            sequence->clear();
        engine.run(*sequence, {&token, 1}, Rows::Last);
    });
}

ProductTimer::ProductTimer(EngineFactory engines, std::string id, std::string description)
    : m_engines(std::move(engines))
    , m_id(std::move(id))
    , m_description(std::move(description))
{
}

double ProductTimer::networkSeconds(const Product& product, int copies) const
{
    std::string notice;
    const auto model = probeModel(std::get<0>(product), std::get<1>(product), copies);
    const auto engine = m_engines(model, ProbeWeights(product), m_id, notice);
    if (engine->id() != m_id)
        throw Error("fit", notice.empty() ? "the engine cannot be timed" : notice);
    return tokenSeconds(*engine, model->graph);
}

double ProductTimer::measured(const Product& product) const
{
    const auto [rows, columns, scheme] = product;
    const int64_t bytes = rows * columns * static_cast<int64_t>(sizeof(float));
    const auto copies = static_cast<int>(std::clamp<int64_t>(kMostBytes / bytes, 2, kMostCopies));
    const double without =
        known().get(m_description, {0, columns, {}}, [&] { return networkSeconds(product, 0); });
    return std::max(0.0, networkSeconds(product, copies) - without) / copies;
}

double ProductTimer::seconds(int64_t rows, int64_t columns, const std::string& scheme) const
{
    const Product product(rows, columns, scheme);
    return known().get(m_description, product, [&] { return measured(product); });
}

} // namespace bitloom
