// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/parallel.h"
#include "core/workbench/fit/fit_plan.h"
#include "core/workbench/fit/fits.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace bitloom {

namespace {

/// A choice that takes long to encode, on one slot.
struct TimedEncoding {
    int slot = -1;
    const SlotChoice* choice = nullptr;
    double work = 0; ///< multiplications, about: the factor of its inputs, and its rows
};

/// Encodings are timed at the ends of all stretches but the last, from small to large.
constexpr size_t kStretches = 6;

double workOf(const Slot& slot)
{
    int64_t rows = 0;
    for (const RowRange& band : rowBands(slot, kFitting))
        rows += band.count;
    const auto columns = static_cast<double>(slot.columns);
    return columns * columns * (columns + static_cast<double>(rows));
}

/// Of all slots; `schemes` receives how many schemes the slots have on average.
std::vector<TimedEncoding> encodingsOf(const FitPlan& plan, const Model& model, double& schemes)
{
    std::vector<TimedEncoding> all;
    size_t perItem = 0;
    for (const FitItem& item : plan.items()) {
        std::set<std::string> different;
        for (const auto& choices : item.choices)
            for (size_t i = 0; i < choices.size(); ++i)
                if (choices[i].needsCalibration() || choices[i].correction) {
                    const Slot& slot = model.graph.slot(item.slots[i]);
                    all.push_back({item.slots[i], &choices[i], workOf(slot)});
                    different.insert(choices[i].scheme);
                }
        perItem += different.size();
    }
    schemes = static_cast<double>(perItem) /
              static_cast<double>(std::max<size_t>(1, plan.items().size()));
    return all;
}

} // namespace

FitCost Fits::fitCost(const Recipe& start, const FitSettings& settings, Progress& progress)
{
    opened().requireFiniteWeights("fit", progress);
    const FitPlan plan(model(), start, settings, opened().holding());
    double schemes = 0;
    std::vector<TimedEncoding> all = encodingsOf(plan, model(), schemes);
    FitCost cost;
    cost.encodings = static_cast<int64_t>(all.size());
    if (all.empty())
        return cost;
    std::ranges::sort(all, {}, &TimedEncoding::work);
    const TransformedModel source = calibration().transformed(start.transforms);
    const auto encode = [&](const TimedEncoding& encoding) {
        m_predictions.errors().slotError(source, encoding.slot, *encoding.choice, kFitting, 1,
                                         progress);
        return encoding.work;
    };
    encode(all.front()); // what the first one waits for, the others don't
    const auto from = std::chrono::steady_clock::now();
    double done = 0;
    for (size_t stretch = 1; stretch < kStretches; ++stretch)
        done += encode(all[all.size() * stretch / kStretches]);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - from;
    double work = 0;
    for (const TimedEncoding& encoding : all) // corrections are fitted one after another
        work += encoding.work / (encoding.choice->correction ? 1 : defaultThreads());
    cost.seconds = passed.count() * work / done;
    cost.secondsNearBest = cost.seconds * std::min(1.0, 3 / schemes);
    return cost;
}

} // namespace bitloom
