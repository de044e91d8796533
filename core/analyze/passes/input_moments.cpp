// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/input_moments.h"

#include "core/analyze/passes/between_segments.h"
#include "core/analyze/passes/encoded_network.h"
#include "core/analyze/passes/network_segments.h"
#include "core/analyze/passes/slot_uses.h"
#include "core/base/error.h"
#include "core/base/finite.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <string>

namespace bitloom {

namespace {

/// Grows with every change of what is measured.
constexpr int64_t kMomentsVersion = 3;
/// Share of the time for a segment; the rest goes to encoding it and running what was encoded.
constexpr double kMeasuringShare = 0.4;
/// The share of encoding in that rest.
constexpr double kEncodingShare = 0.7;

/// Every fourth window is held out.
bool heldOut(size_t window)
{
    return window % 4 == 3;
}

/// The inputs of one window, in the order of the moments of a segment: [positions, width].
using Inputs = std::vector<torch::Tensor>;

/// Inputs whose moments are measured, by segment: in the first that multiplies with them.
std::vector<std::vector<SlotInput>> inputsBySegment(const NetworkSegments& segments)
{
    const Graph& graph = segments.graph();
    std::set<SlotInput> wanted;
    for (int slot = 0; slot < static_cast<int>(graph.slots.size()); ++slot)
        if (graph.slot(slot).quantizable)
            if (const auto input = slotInput(graph, slot))
                wanted.insert(*input);
    std::vector<std::vector<SlotInput>> bySegment;
    for (size_t segment = 0; segment < segments.count(); ++segment) {
        std::set<SlotInput> here;
        for (const SlotUse& use : slotUses(graph, segments.segment(segment)))
            if (!use.lookedUp && wanted.erase(use.input) > 0)
                here.insert(use.input);
        bySegment.emplace_back(here.begin(), here.end());
    }
    return bySegment;
}

class MomentMeasurement {
public:
    MomentMeasurement(std::shared_ptr<const Model> model, const std::vector<Window>& windows,
                      const SegmentLimits& limits, const MeasurementStore& store,
                      const Recipe* through);
    std::shared_ptr<const InputMoments> run(Progress& progress);

private:
    /// How many segments are done, whose moments are added to `all`.
    size_t resume(std::vector<SecondMoment>& all);
    size_t segmentsStored();
    /// Nothing: a file of it is missing.
    std::vector<SecondMoment> storedMoments(size_t segment) const;
    std::vector<SecondMoment> newMoments(size_t segment) const;
    /// Of all windows; false: stopped.
    bool measure(size_t segment, std::vector<SecondMoment>& moments, Progress& progress);
    /// What the segment leaves, all slots of it encoded by `known`; false: stopped.
    bool passOn(size_t segment, std::vector<SecondMoment> known, Progress& progress);
    /// `work(first, count)` for a few windows at a time; false: stopped.
    bool forWindows(Progress& progress, const std::string& what,
                    const std::function<void(size_t first, size_t count)>& work);
    void addWindows(size_t segment, size_t from, size_t count, std::vector<SecondMoment>& moments);
    Inputs inputsOf(size_t segment, size_t window, const std::vector<SecondMoment>& moments);
    void keep(size_t segment, const std::vector<SecondMoment>& moments);
    SecondMoment momentOf(size_t segment, size_t index) const;
    static std::string nameOf(const SlotInput& input, const char* what);
    static std::string nameOf(const SlotInput& input, bool held)
    {
        return nameOf(input, held ? "-held" : "-fitted");
    }
    static constexpr const char* kLargest = "-largest";

    std::shared_ptr<const Model> m_model;
    const std::vector<Window>& m_windows;
    NetworkSegments m_segments;
    std::optional<EncodedNetwork> m_encoded;      ///< where inputs come through a recipe
    std::vector<std::vector<SlotInput>> m_inputs; ///< by segment
    Fingerprint m_key;
    MeasurementEntry m_entry;
    BetweenSegments m_before; ///< what the segment before left
    BetweenSegments m_behind; ///< what the segment under way leaves
};

/// `through` is read as what it makes of the weights and values: names and limits do not matter.
Fingerprint momentsKey(const Model& model, const std::vector<Window>& windows, size_t segments,
                       const Recipe* through)
{
    Fingerprint key;
    key.add(kMomentsVersion);
    key.add(model.identity);
    key.add(static_cast<int64_t>(segments));
    addTo(key, windows);
    if (through) {
        for (const auto& [name, encoding] : through->weightChanges()) {
            key.add(name);
            addTo(key, encoding);
        }
        for (const auto& [name, scheme] : through->values) {
            key.add(name);
            key.add(scheme);
        }
    }
    return key;
}

/// A segment is what an interruption loses, and more of them cost next to nothing.
SegmentLimits everyBlock(SegmentLimits limits)
{
    limits.values = 0;
    return limits;
}

MomentMeasurement::MomentMeasurement(std::shared_ptr<const Model> model,
                                     const std::vector<Window>& windows,
                                     const SegmentLimits& limits, const MeasurementStore& store,
                                     const Recipe* through)
    : m_model(std::move(model))
    , m_windows(windows)
    , m_segments(m_model, longestOf(windows), everyBlock(limits))
    , m_inputs(inputsBySegment(m_segments))
    , m_key(momentsKey(*m_model, windows, m_segments.count(), through))
    , m_entry(store.entry("inputs", m_key))
{
    if (through)
        m_encoded.emplace(m_model, *through, longestOf(windows), everyBlock(limits));
}

std::string MomentMeasurement::nameOf(const SlotInput& input, const char* what)
{
    return std::to_string(input.value) + (input.previous ? "-before" : "") + what;
}

SecondMoment MomentMeasurement::momentOf(size_t segment, size_t index) const
{
    const SlotInput input = m_inputs[segment][index];
    const int64_t width = m_segments.graph().value(input.value).width;
    return {input, width, {}, {}, {}};
}

std::vector<SecondMoment> MomentMeasurement::newMoments(size_t segment) const
{
    std::vector<SecondMoment> moments;
    for (size_t i = 0; i < m_inputs[segment].size(); ++i) {
        SecondMoment& moment = moments.emplace_back(momentOf(segment, i));
        for (const bool held : {false, true})
            (held ? moment.heldOut : moment.fitted).values =
                m_entry.floats(nameOf(moment.input, held), moment.width * moment.width);
        moment.magnitudes = m_entry.floats(nameOf(moment.input, kLargest), moment.width);
    }
    return moments;
}

std::vector<SecondMoment> MomentMeasurement::storedMoments(size_t segment) const
{
    std::vector<SecondMoment> moments;
    for (size_t i = 0; i < m_inputs[segment].size(); ++i) {
        SecondMoment& moment = moments.emplace_back(momentOf(segment, i));
        for (const bool held : {false, true}) {
            MomentHalf& half = held ? moment.heldOut : moment.fitted;
            half.values = m_entry.stored(nameOf(moment.input, held), moment.width * moment.width);
            if (!half.values)
                return {};
        }
        moment.magnitudes = m_entry.stored(nameOf(moment.input, kLargest), moment.width);
        if (!moment.magnitudes)
            return {};
        for (size_t window = 0; window < m_windows.size(); ++window)
            (heldOut(window) ? moment.heldOut : moment.fitted).positions +=
                m_segments.positions(m_windows[window], moment.input.value);
    }
    return moments;
}

size_t MomentMeasurement::segmentsStored()
{
    const std::string written = m_entry.read("parts").value_or("0");
    const auto segments =
        static_cast<size_t>(std::max(0L, std::strtol(written.c_str(), nullptr, 10)));
    if (segments > m_segments.count())
        return 0;
    if (segments > 0 && segments < m_segments.count())
        m_before = BetweenSegments::stored(m_segments, segments, m_windows, m_entry);
    return segments == 0 || segments == m_segments.count() || m_before.isThere() ? segments : 0;
}

Inputs MomentMeasurement::inputsOf(size_t segment, size_t window,
                                   const std::vector<SecondMoment>& moments)
{
    Inputs inputs(moments.size());
    withTorchErrors("inputs", [&] {
        const torch::NoGradGuard noGradients;
        setTorchThreads(1);
        const TorchHook see = [&](int value, torch::Tensor tensor) {
            for (size_t i = 0; i < moments.size(); ++i)
                if (moments[i].input.value == value)
                    inputs[i] = tensor;
            return tensor;
        };
        const torch::Tensor given = segment == 0 ? torch::Tensor() : m_before.of(window);
        const torch::Tensor left = m_segments.run(segment, m_windows[window], given, see);
        if (segment + 1 < m_segments.count() && !m_encoded)
            m_behind.of(window).copy_(left);
    });
    return inputs;
}

/// A hidden state's moment misses the last position; its first one is zero.
void addMoment(SecondMoment& moment, const torch::Tensor& input, bool holdOut)
{
    MomentHalf& segment = holdOut ? moment.heldOut : moment.fitted;
    withTorchErrors("inputs", [&] {
        const torch::NoGradGuard noGradients;
        setTorchThreads(1);
        const torch::Tensor rows =
            moment.input.previous ? input.narrow(0, 0, input.size(0) - 1) : input;
        torch::Tensor sums =
            torch::from_blob(segment.values->values().data(), {moment.width, moment.width});
        sums.addmm_(rows.t(), rows);
        torch::Tensor largest =
            torch::from_blob(moment.magnitudes->values().data(), {moment.width});
        if (rows.size(0) > 0)
            torch::maximum_out(largest, largest, rows.abs().amax(0));
        segment.positions += input.size(0);
    });
}

void MomentMeasurement::addWindows(size_t segment, size_t from, size_t count,
                                   std::vector<SecondMoment>& moments)
{
    Progress nobody;
    std::vector<Inputs> seen(count);
    parallelFor(static_cast<int64_t>(count), 0, nobody, {}, [&](int64_t i, int) {
        const auto at = static_cast<size_t>(i);
        seen[at] = inputsOf(segment, from + at, moments);
    });
    parallelFor(static_cast<int64_t>(moments.size()), 0, nobody, {}, [&](int64_t i, int) {
        const auto at = static_cast<size_t>(i);
        for (size_t w = 0; w < count; ++w)
            addMoment(moments[at], seen[w][at], heldOut(from + w));
    });
}

/// Sums become means.
void takeMeans(const Graph& graph, std::vector<SecondMoment>& moments)
{
    for (SecondMoment& moment : moments)
        for (MomentHalf* segment : {&moment.fitted, &moment.heldOut}) {
            if (segment->positions == 0)
                continue;
            for (float& value : segment->values->values())
                value /= static_cast<float>(segment->positions);
            if (const int64_t bad = firstNotFinite(segment->values->values()); bad >= 0)
                throw Error("inputs",
                            "the second moments of " + graph.value(moment.input.value).name +
                                " are not finite: its numbers are too large to be squared");
        }
}

bool MomentMeasurement::forWindows(Progress& progress, const std::string& what,
                                   const std::function<void(size_t first, size_t count)>& work)
{
    const auto atOnce = static_cast<size_t>(defaultThreads());
    for (size_t done = 0; done < m_windows.size();) {
        if (progress.stopRequested())
            return false;
        const size_t count = std::min(atOnce, m_windows.size() - done);
        work(done, count);
        done += count;
        progress.report(static_cast<double>(done) / static_cast<double>(m_windows.size()), what);
    }
    return true;
}

bool MomentMeasurement::measure(size_t segment, std::vector<SecondMoment>& moments,
                                Progress& progress)
{
    Progress nobody; // original weights need but be decoded
    m_segments.enter(segment, nobody);
    m_behind = segment + 1 < m_segments.count()
                   ? BetweenSegments(m_segments, segment + 1, m_windows, m_entry)
                   : BetweenSegments();
    const std::string what = "inputs, segment " + std::to_string(segment + 1) + " of " +
                             std::to_string(m_segments.count());
    const bool complete = forWindows(progress, what, [&](size_t first, size_t count) {
        addWindows(segment, first, count, moments);
    });
    takeMeans(m_segments.graph(), moments);
    return complete;
}

bool MomentMeasurement::passOn(size_t segment, std::vector<SecondMoment> known, Progress& progress)
{
    ProgressSpan encoding(progress, 0, kEncodingShare);
    ProgressSpan running(progress, kEncodingShare, 1);
    m_encoded->weights->know(std::make_shared<const InputMoments>(
        m_segments.graph(), std::move(known), m_key.hex(), m_entry));
    if (!m_encoded->segments.enter(segment, encoding))
        return false;
    const std::string what = "quantized, segment " + std::to_string(segment + 1);
    return forWindows(running, what, [&](size_t first, size_t count) {
        Progress nobody;
        parallelFor(static_cast<int64_t>(count), 0, nobody, {}, [&](int64_t i, int) {
            const size_t window = first + static_cast<size_t>(i);
            withTorchErrors("inputs", [&] {
                const torch::NoGradGuard noGradients;
                setTorchThreads(1);
                const torch::Tensor given = segment == 0 ? torch::Tensor() : m_before.of(window);
                m_behind.of(window).copy_(
                    m_encoded->segments.run(segment, m_windows[window], given));
            });
        });
    });
}

void MomentMeasurement::keep(size_t segment, const std::vector<SecondMoment>& moments)
{
    for (const SecondMoment& moment : moments)
        for (const auto& numbers : {moment.fitted.values, moment.heldOut.values, moment.magnitudes})
            MeasurementEntry::keep(*numbers);
    m_behind.keep();
    m_entry.write("parts", std::to_string(segment + 1));
    m_before.remove(m_entry);
    m_before = std::move(m_behind);
}

size_t MomentMeasurement::resume(std::vector<SecondMoment>& all)
{
    const size_t segments = segmentsStored();
    for (size_t segment = 0; segment < segments; ++segment) {
        std::vector<SecondMoment> moments = storedMoments(segment);
        if (moments.size() != m_inputs[segment].size()) { // a file is missing
            all.clear();
            return 0;
        }
        std::ranges::move(moments, std::back_inserter(all));
    }
    return segments;
}

std::shared_ptr<const InputMoments> MomentMeasurement::run(Progress& progress)
{
    std::vector<SecondMoment> all;
    for (size_t segment = resume(all); segment < m_segments.count(); ++segment) {
        ProgressSpan span = spanOf(progress, segment, 1, m_segments.count());
        const bool goesOn = m_encoded && segment + 1 < m_segments.count();
        ProgressSpan measuring(span, 0, goesOn ? kMeasuringShare : 1);
        ProgressSpan passing(span, kMeasuringShare, 1);
        std::vector<SecondMoment> moments = newMoments(segment);
        if (!measure(segment, moments, measuring))
            return nullptr;
        std::ranges::copy(moments, std::back_inserter(all));
        if (goesOn && !passOn(segment, all, passing))
            return nullptr;
        keep(segment, moments);
    }
    return std::make_shared<const InputMoments>(m_segments.graph(), std::move(all), m_key.hex(),
                                                m_entry);
}

} // namespace

std::shared_ptr<const InputMoments>
measureInputMoments(std::shared_ptr<const Model> model, const std::vector<Window>& windows,
                    Progress& progress, const SegmentLimits& limits, const MeasurementStore& store,
                    const Recipe* through)
{
    return MomentMeasurement(std::move(model), windows, limits, store, through).run(progress);
}

} // namespace bitloom
