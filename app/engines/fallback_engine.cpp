// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engines/fallback_engine.h"

#include "gpu/device/device_lost.h"

#include <utility>

namespace bitloom {

namespace {

/// A sequence that can be replayed on another engine.
class ReplayableSequence : public Sequence {
public:
    ReplayableSequence(std::unique_ptr<Sequence> wrapped, int64_t most, bool torch)
        : inner(std::move(wrapped))
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
    FallbackEngine(std::shared_ptr<const Model> model, WeightSnapshot weights,
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

    Matrix encode(const TextBatch& batch, const ValueTap& tap) override
    {
        return unlessLost([&] { return m_engine->encode(batch, tap); });
    }

private:
    /// The action, again in Torch when the device is lost meanwhile.
    template <typename Action>
    Matrix unlessLost(Action action)
    {
        if (m_inTorch)
            return action();
        try {
            return action();
        } catch (const DeviceLost& lost) {
            goOnInTorch(causeOf(lost));
            return action();
        }
    }

    template <typename Action>
    Matrix replaceable(Sequence& sequence, std::span<const int32_t> tokens, Action action)
    {
        auto* replayable = dynamic_cast<ReplayableSequence*>(&sequence);
        if (!replayable)
            throw Error(id(), "the sequence belongs to another engine");
        return unlessLost([&] {
            replay(*replayable);
            Matrix logits = action(*replayable->inner);
            replayable->tokens.insert(replayable->tokens.end(), tokens.begin(), tokens.end());
            return logits;
        });
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
        m_lost = std::exchange(m_engine,
                               makeTorchEngine(m_model, m_weights, {.threads = m_options.threads}));
        m_inTorch = true;
        if (m_options.onReplaced)
            m_options.onReplaced("Vulkan stopped (" + cause + "); Torch goes on with the work");
    }

    std::shared_ptr<const Model> m_model;
    WeightSnapshot m_weights;
    std::unique_ptr<Engine> m_lost;
    std::unique_ptr<Engine> m_engine;
    EngineOptions m_options;
    bool m_inTorch = false;
};

} // namespace

std::unique_ptr<Engine> makeFallbackEngine(std::shared_ptr<const Model> model,
                                           WeightSnapshot weights, std::unique_ptr<Engine> vulkan,
                                           EngineOptions options)
{
    return std::make_unique<FallbackEngine>(std::move(model), std::move(weights), std::move(vulkan),
                                            std::move(options));
}

std::string causeOf(const Error& error)
{
    const std::string text = error.what();
    const size_t end = text.find("] ");
    return end == std::string::npos ? text : text.substr(end + 2);
}

} // namespace bitloom
