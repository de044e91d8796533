// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engines/engines.h"

#include "core/base/error.h"

#ifdef BITLOOM_WITH_VULKAN
#include "app/engines/fallback_engine.h"
#include "app/engines/plain_batch.h"
#include "gpu/run/run_memory.h"
#include "gpu/run/vulkan_engine.h"

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

/// Seconds for a short prompt and a few more tokens, or for some sentences.
double secondsFor(Engine& engine, const Model& model)
{
    const auto positions = std::min<int64_t>(24, model.graph.contextLength);
    const std::vector<int32_t> prompt(static_cast<size_t>(std::max<int64_t>(1, positions - 4)), 0);
    const auto once = [&] {
        if (model.graph.readsWholeTexts()) {
            engine.encode(plainBatch(model.graph, 8, 24));
            return;
        }
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
    bool vulkanIsFaster(const std::shared_ptr<const Model>& model, const WeightSnapshot& weights,
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
    WeightSnapshot weights(*model, source);
    if (measure && weights.bytes() > kMostMeasuredBytes)
        return torchEngine(std::move(model), weights, options);
    VulkanOptions vulkanOptions;
    vulkanOptions.device = options.device;
    vulkanOptions.loseDeviceAfterRuns = options.loseDeviceAfterRuns;
    try {
        auto vulkan = makeVulkanEngine(model, weights, vulkanOptions);
        if (measure && !measurements().vulkanIsFaster(model, weights, *vulkan, options))
            return torchEngine(std::move(model), weights, options);
        return makeFallbackEngine(std::move(model), std::move(weights), std::move(vulkan), options);
    } catch (const Error& error) {
        notice = "Vulkan cannot be used (" + causeOf(error) + "); Torch does the work";
    }
    return torchEngine(std::move(model), weights, options);
}

std::shared_ptr<const EngineMemory> memoryOf(const EngineOptions& options)
{
    VulkanOptions vulkanOptions;
    vulkanOptions.device = options.device;
    return vulkanMemory(vulkanOptions);
}

std::unique_ptr<Engine> choose(std::shared_ptr<const Model> model, const WeightSource& weights,
                               const std::string& wanted, const EngineOptions& options,
                               std::string& notice)
{
    const bool measure = wanted.empty() && options.device.empty() && onlyCpuDevices();
    return vulkanOrTorch(std::move(model), weights, measure, options, notice);
}

#else

std::shared_ptr<const EngineMemory> memoryOf(const EngineOptions&)
{
    throw Error("memory", "this program was built without Vulkan, whose engine alone keeps weights "
                          "packed");
}

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

EngineMemorySource engineMemory(EngineOptions options)
{
    return [options = std::move(options)] { return memoryOf(options); };
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
