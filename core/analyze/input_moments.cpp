// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/input_moments.h"

#include "core/error.h"
#include "core/network/torch_forward.h"
#include "core/network/torch_weights.h"
#include "core/parallel.h"

#include <limits>
#include <set>

namespace bitloom {

namespace {

std::vector<SecondMoment> emptyMoments(const Graph& graph)
{
    std::set<SlotInput> inputs;
    for (int slot = 0; slot < static_cast<int>(graph.slots.size()); ++slot)
        if (graph.slots[static_cast<size_t>(slot)].quantizable)
            if (const auto input = slotInput(graph, slot))
                inputs.insert(*input);
    std::vector<SecondMoment> moments;
    for (const SlotInput& input : inputs) {
        const int64_t width = graph.values[static_cast<size_t>(input.value)].width;
        const auto zeros = [&] { return MomentPart{Scratch::floats(width * width), 0}; };
        moments.push_back({input, width, zeros(), zeros()});
    }
    return moments;
}

/// Every fourth window is held out.
bool heldOut(size_t window)
{
    return window % 4 == 3;
}

/// The inputs of one window, in the order of the moments: [positions, width].
using Inputs = std::vector<torch::Tensor>;

class MomentSums {
public:
    MomentSums(const Graph& graph, TorchWeights& weights)
        : m_graph(graph)
        , m_weights(weights)
        , m_moments(emptyMoments(graph))
    {
    }

    /// Windows [from, from + count).
    void add(const std::vector<Window>& windows, size_t from, size_t count)
    {
        Progress nobody;
        std::vector<Inputs> seen(count);
        parallelFor(static_cast<int64_t>(count), 0, nobody, {}, [&](int64_t i, int) {
            const auto at = static_cast<size_t>(i);
            seen[at] = inputsOf(windows[from + at]);
        });
        parallelFor(static_cast<int64_t>(m_moments.size()), 0, nobody, {}, [&](int64_t i, int) {
            const auto at = static_cast<size_t>(i);
            for (size_t w = 0; w < count; ++w)
                addTo(m_moments[at], seen[w][at], heldOut(from + w));
        });
    }

    std::vector<SecondMoment> means()
    {
        for (SecondMoment& moment : m_moments)
            for (MomentPart* part : {&moment.fitted, &moment.heldOut})
                if (part->positions > 0)
                    for (float& value : part->values->values())
                        value /= static_cast<float>(part->positions);
        return std::move(m_moments);
    }

private:
    Inputs inputsOf(const Window& window)
    {
        Inputs inputs(m_moments.size());
        withTorchErrors("inputs", [&] {
            const torch::NoGradGuard noGradients;
            setTorchThreads(1);
            const TorchHook keep = [&](int value, torch::Tensor tensor) {
                for (size_t i = 0; i < m_moments.size(); ++i)
                    if (m_moments[i].input.value == value)
                        inputs[i] = tensor;
                return tensor;
            };
            TorchPass pass{m_graph, m_graph.programs.front(), m_weights};
            pass.hook = keep;
            const size_t last = m_graph.readsWholeTexts() ? 0 : 1; // it predicts nothing
            torchForward(pass, std::span(window.tokens).first(window.tokens.size() - last));
        });
        return inputs;
    }

    /// A hidden state's moment misses the last position; its first one is zero.
    static void addTo(SecondMoment& moment, const torch::Tensor& input, bool holdOut)
    {
        MomentPart& part = holdOut ? moment.heldOut : moment.fitted;
        withTorchErrors("inputs", [&] {
            const torch::NoGradGuard noGradients;
            setTorchThreads(1);
            const torch::Tensor rows =
                moment.input.previous ? input.narrow(0, 0, input.size(0) - 1) : input;
            torch::Tensor sums =
                torch::from_blob(part.values->values().data(), {moment.width, moment.width});
            sums.addmm_(rows.t(), rows);
            part.positions += input.size(0);
        });
    }

    const Graph& m_graph;
    TorchWeights& m_weights;
    std::vector<SecondMoment> m_moments;
};

} // namespace

std::shared_ptr<const InputMoments> measureInputMoments(std::shared_ptr<const Model> model,
                                                        const std::vector<Window>& windows,
                                                        Progress& progress)
{
    const Graph& graph = model->graph;
    if (!graph.runnable())
        throw Error("inputs", "this model cannot run. " + model->missing);
    std::unique_ptr<StoredTorchWeights> weights;
    withTorchErrors("inputs", [&] {
        weights =
            makeTorchWeights(graph, OriginalWeights(model), std::numeric_limits<int64_t>::max());
    });
    MomentSums sums(graph, *weights);
    const auto atOnce = static_cast<size_t>(defaultThreads());
    size_t done = 0;
    while (done < windows.size() && !progress.stopRequested()) {
        const size_t count = std::min(atOnce, windows.size() - done);
        sums.add(windows, done, count);
        done += count;
        progress.report(static_cast<double>(done) / static_cast<double>(windows.size()),
                        "inputs of window " + std::to_string(done) + " of " +
                            std::to_string(windows.size()));
    }
    if (done == 0)
        return nullptr;
    return std::make_shared<const InputMoments>(graph, sums.means());
}

} // namespace bitloom
