// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engines.h"

#include "core/error.h"

#ifdef BITLOOM_WITH_VULKAN
#include "gpu/device_lost.h"
#include "gpu/vulkan_engine.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>
#endif

namespace bitloom {

namespace {

std::unique_ptr<Engine> torchEngine(std::shared_ptr<const Model> model, const WeightSource& weights,
                                    const EngineOptions& options)
{
    TorchOptions torch;
    torch.threads = options.threads;
    return makeTorchEngine(std::move(model), weights, torch);
}

#ifdef BITLOOM_WITH_VULKAN

/// A CPU-type device is not even measured for models above: both engines would have to hold them.
constexpr int64_t kMostMeasuredBytes = int64_t{512} << 20;

/// The sentence of an error without the operation that met it.
std::string causeOf(const Error& error)
{
    const std::string text = error.what();
    const size_t end = text.find("] ");
    return end == std::string::npos ? text : text.substr(end + 2);
}

/// All slots as given once, since a source may be gone, and costly to ask, when they are needed
/// again.
class KeptWeights : public WeightSource {
public:
    KeptWeights(const Model& model, const WeightSource& weights)
    {
        for (size_t slot = 0; slot < model.graph.slots.size(); ++slot)
            m_slots.push_back(weights.slot(static_cast<int>(slot)));
    }
    PackedTensor slot(int index) const override { return m_slots.at(static_cast<size_t>(index)); }
    int64_t bytes() const
    {
        int64_t sum = 0;
        for (const PackedTensor& slot : m_slots)
            sum += static_cast<int64_t>(slot.bytes.size());
        return sum;
    }

private:
    std::vector<PackedTensor> m_slots;
};

/// A sequence that can be told again to another engine.
class ReplayableSequence : public Sequence {
public:
    ReplayableSequence(std::unique_ptr<Sequence> told, int64_t most, bool torch)
        : inner(std::move(told))
        , positions(most)
        , inTorch(torch)
    {
    }
    int64_t length() const override { return static_cast<int64_t>(tokens.size()); }
    void clear() override
    {
        tokens.clear();
        inner->clear();
    }

    std::unique_ptr<Sequence> inner;
    int64_t positions;
    std::vector<int32_t> tokens;
    bool inTorch;
};

/// Runs on Vulkan until the device is lost, then in Torch.
class FallbackEngine : public Engine {
public:
    FallbackEngine(std::shared_ptr<const Model> model, KeptWeights weights,
                   std::unique_ptr<Engine> vulkan, EngineOptions options)
        : m_model(std::move(model))
        , m_weights(std::move(weights))
        , m_engine(std::move(vulkan))
        , m_options(std::move(options))
    {
    }

    std::string id() const override { return m_engine->id(); }
    std::string description() const override
    {
        return m_engine->description() + (m_inTorch ? " (Vulkan device lost)" : "");
    }
    int64_t weightBytes() const override { return m_engine->weightBytes(); }

    std::unique_ptr<Sequence> newSequence(int64_t positions) override
    {
        const auto make = [&] {
            return std::make_unique<ReplayableSequence>(m_engine->newSequence(positions), positions,
                                                        m_inTorch);
        };
        if (m_inTorch)
            return make();
        try {
            return make();
        } catch (const Error& error) {
            goOnInTorch(causeOf(error));
            return make();
        }
    }

    Matrix run(Sequence& sequence, std::span<const int32_t> tokens, Rows rows) override
    {
        return replaceable(sequence, tokens,
                           [&](Sequence& inner) { return m_engine->run(inner, tokens, rows); });
    }

    Matrix runTapped(Sequence& sequence, std::span<const int32_t> tokens,
                     const ValueTap& tap) override
    {
        return replaceable(sequence, tokens, [&](Sequence& inner) {
            return m_engine->runTapped(inner, tokens, tap);
        });
    }

private:
    template <typename Action>
    Matrix replaceable(Sequence& sequence, std::span<const int32_t> tokens, Action action)
    {
        auto* replayable = dynamic_cast<ReplayableSequence*>(&sequence);
        if (!replayable)
            throw Error(id(), "the sequence belongs to another engine");
        const auto attempt = [&] {
            replay(*replayable);
            Matrix logits = action(*replayable->inner);
            replayable->tokens.insert(replayable->tokens.end(), tokens.begin(), tokens.end());
            return logits;
        };
        if (m_inTorch)
            return attempt();
        try {
            return attempt();
        } catch (const DeviceLost& lost) {
            goOnInTorch(causeOf(lost));
            return attempt();
        }
    }

    void replay(ReplayableSequence& sequence)
    {
        if (sequence.inTorch == m_inTorch)
            return;
        sequence.inner = m_engine->newSequence(sequence.positions);
        sequence.inTorch = m_inTorch;
        if (!sequence.tokens.empty())
            m_engine->run(*sequence.inner, sequence.tokens, Rows::Last);
    }

    void goOnInTorch(const std::string& cause)
    {
        // Sequences still hold memory of the lost engine, so it lives as long as this one.
        m_lost = std::exchange(m_engine, torchEngine(m_model, m_weights, m_options));
        m_inTorch = true;
        if (m_options.onReplaced)
            m_options.onReplaced("Vulkan stopped (" + cause + "); Torch goes on with the work");
    }

    std::shared_ptr<const Model> m_model;
    KeptWeights m_weights;
    std::unique_ptr<Engine> m_lost;
    std::unique_ptr<Engine> m_engine;
    EngineOptions m_options;
    bool m_inTorch = false;
};

/// Seconds for a short prompt and a few more tokens.
double secondsFor(Engine& engine, const Model& model)
{
    const auto positions = std::min<int64_t>(24, model.graph.contextLength);
    const std::vector<int32_t> prompt(static_cast<size_t>(std::max<int64_t>(1, positions - 4)), 0);
    const auto once = [&] {
        const auto sequence = engine.newSequence(positions);
        engine.run(*sequence, prompt, Rows::Last);
        for (int64_t i = sequence->length(); i < positions; ++i)
            engine.run(*sequence, std::span(prompt).first(1), Rows::Last);
    };
    once();
    const auto start = std::chrono::steady_clock::now();
    once();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// What the measurements of this process found, by model.
class Measurements {
public:
    bool vulkanIsFaster(const std::shared_ptr<const Model>& model, const KeptWeights& weights,
                        Engine& vulkan, const EngineOptions& options)
    {
        const std::scoped_lock lock(m_mutex);
        const auto known = m_vulkanIsFaster.find(model->identity);
        if (known != m_vulkanIsFaster.end())
            return known->second;
        const auto torch = torchEngine(model, weights, options);
        const bool faster = secondsFor(vulkan, *model) < secondsFor(*torch, *model);
        return m_vulkanIsFaster[model->identity] = faster;
    }
    bool knowsTorchIsFaster(const Model& model)
    {
        const std::scoped_lock lock(m_mutex);
        const auto known = m_vulkanIsFaster.find(model.identity);
        return known != m_vulkanIsFaster.end() && !known->second;
    }

private:
    std::mutex m_mutex;
    std::map<std::string, bool> m_vulkanIsFaster;
};

Measurements& measurements()
{
    static Measurements kMeasurements;
    return kMeasurements;
}

bool onlyCpuDevices()
{
    const std::vector<DeviceOffer> devices = offeredDevices();
    return !devices.empty() && std::all_of(devices.begin(), devices.end(),
                                           [](const DeviceOffer& device) { return device.isCpu; });
}

std::unique_ptr<Engine> vulkanOrTorch(std::shared_ptr<const Model> model,
                                      const WeightSource& source, bool measure,
                                      const EngineOptions& options, std::string& notice)
{
    if (measure && measurements().knowsTorchIsFaster(*model))
        return torchEngine(std::move(model), source, options);
    KeptWeights weights(*model, source);
    if (measure && weights.bytes() > kMostMeasuredBytes)
        return torchEngine(std::move(model), weights, options);
    VulkanOptions vulkanOptions;
    vulkanOptions.device = options.device;
    vulkanOptions.loseDeviceAfterRuns = options.loseDeviceAfterRuns;
    try {
        auto vulkan = makeVulkanEngine(model, weights, vulkanOptions);
        if (measure && !measurements().vulkanIsFaster(model, weights, *vulkan, options))
            return torchEngine(std::move(model), weights, options);
        return std::make_unique<FallbackEngine>(std::move(model), std::move(weights),
                                                std::move(vulkan), options);
    } catch (const Error& error) {
        notice = "Vulkan cannot be used (" + causeOf(error) + "); Torch does the work";
    }
    return torchEngine(std::move(model), weights, options);
}

std::unique_ptr<Engine> choose(std::shared_ptr<const Model> model, const WeightSource& weights,
                               const std::string& wanted, const EngineOptions& options,
                               std::string& notice)
{
    const bool measure = wanted.empty() && options.device.empty() && onlyCpuDevices();
    return vulkanOrTorch(std::move(model), weights, measure, options, notice);
}

#else

std::unique_ptr<Engine> choose(std::shared_ptr<const Model> model, const WeightSource& weights,
                               const std::string& wanted, const EngineOptions& options,
                               std::string& notice)
{
    if (!wanted.empty() || !options.device.empty())
        notice = "This program was built without Vulkan; Torch does the work";
    return torchEngine(std::move(model), weights, options);
}

#endif

} // namespace

EngineFactory makeEngines(EngineOptions options)
{
    return [options = std::move(options)](std::shared_ptr<const Model> model,
                                          const WeightSource& weights, const std::string& wanted,
                                          std::string& notice) -> std::unique_ptr<Engine> {
        if (wanted == "torch")
            return torchEngine(std::move(model), weights, options);
        if (!wanted.empty() && wanted != "vulkan")
            throw Error("engine",
                        "there is no engine '" + wanted + "'; there are torch and vulkan");
        return choose(std::move(model), weights, wanted, options, notice);
    };
}

std::vector<DeviceOffer> offeredDevices()
{
    std::vector<DeviceOffer> offers;
#ifdef BITLOOM_WITH_VULKAN
    for (const VulkanDeviceInfo& device : vulkanDevices())
        offers.push_back({device.name, device.isCpu});
#endif
    return offers;
}

} // namespace bitloom
