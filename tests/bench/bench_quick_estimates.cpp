// SPDX-License-Identifier: GPL-3.0-or-later
// How near first answers come to full ones, on any model:
//   bench_quick_estimates MODEL CALIBRATION [WINDOWS [RECIPES]]
// Random recipes of a kind, nothing known of their slots; each is estimated quickly and then
// predicted. Beside the range shown, which is that of what will be measured, the part of it that
// the sample leaves open should hold nine of ten of the full answers by itself.
#include "core/base/random.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <chrono>
#include <cmath>
#include <cstdio>

using namespace bitloom;

namespace {

constexpr double kNineOfTen = 1.645;

struct Kind {
    const char* title;
    const char* method;
    std::vector<std::string> schemes;
};

const std::vector<Kind>& kinds()
{
    static const std::vector<Kind> all = {
        {"8 to 5 bits", "mse", {"int8-g32-sym", "int6-g32-sym", "int5-g32-asym"}},
        {"4 bits", "mse", {"int4-g32-sym", "int4-g32-asym", "int4-g128-asym", "q4_0"}},
        {"3 and 2 bits", "mse", {"int3-g64-asym", "int3-g32-sym", "int2-g32-asym"}},
        {"nearest", "nearest", {"int8-g32-sym", "int4-g32-asym", "int3-g64-asym"}},
        {"a range a row", "mse", {"int8-row-sym", "int5-row-asym"}},
        {"k-quants", "mse", {"q6_k", "q4_k", "q3_k", "q2_k"}},
        {"GPTQ", "gptq", {"int4-g32-sym", "int3-g32-asym", "int4-g128-asym"}},
        {"GPTQ, ordered", "gptq-order", {"int4-g32-sym", "int3-g32-asym"}},
    };
    return all;
}

/// As far as the slots can have the schemes.
Recipe randomRecipe(const Model& model, const Kind& kind, uint64_t seed)
{
    Recipe recipe;
    recipe.target = "safetensors";
    uint64_t draw = 0;
    for (const Slot& slot : model.graph.slots) {
        const double share = randomUniform(seed, draw++);
        const auto row = static_cast<size_t>(share * static_cast<double>(kind.schemes.size()));
        const Scheme* scheme = findScheme(kind.schemes[row]);
        if (slot.quantizable && scheme && scheme->accepts(slot.columns))
            recipe.slots[slot.name] = {kind.schemes[row], kind.method, {}, {}, {}};
    }
    return recipe;
}

double milliseconds(std::chrono::steady_clock::time_point from)
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from)
        .count();
}

/// Of the logarithm, beside what the slots' own errors are in the full answer too.
double sampleDeviation(const Prediction& estimate, const Prediction& full)
{
    const auto relative = [](const DamageSum& sum) {
        return sum.variance / (sum.total * sum.total);
    };
    return std::sqrt(std::max(0.0, relative(estimate.damages) - relative(full.damages)));
}

void benchKind(Workbench& workbench, const Kind& kind, int recipes)
{
    int estimated = 0;
    int inRange = 0;
    int inSample = 0;
    double sum = 0;
    double squares = 0;
    double deviations = 0;
    double first = 0;
    double whole = 0;
    Progress progress;
    for (int i = 0; i < recipes; ++i) {
        workbench.calibration().setFisher(
            *workbench.calibration().fisher()); // forgets what was known
        const Recipe recipe = randomRecipe(workbench.model(), kind, static_cast<uint64_t>(i) + 1);
        auto from = std::chrono::steady_clock::now();
        const auto estimate = workbench.predictions().quickEstimate(recipe, progress);
        const double estimateTime = milliseconds(from);
        from = std::chrono::steady_clock::now();
        const auto full = workbench.predictions().prediction(recipe, progress);
        if (!estimate || !estimate->isQuickEstimate || !full || !(full->damages.total > 0))
            continue;
        ++estimated;
        first += estimateTime;
        whole += milliseconds(from);
        const double off = std::log(estimate->damages.total / full->damages.total);
        const double deviation = sampleDeviation(*estimate, *full);
        sum += off;
        squares += off * off;
        deviations += deviation;
        inSample += std::abs(off) <= kNineOfTen * deviation;
        inRange +=
            full->range.value >= estimate->range.low && full->range.value <= estimate->range.high;
    }
    if (estimated == 0)
        return;
    std::printf(
        "%-14s ln(estimate / full) %+.3f on average, %.3f rms; its own deviation %.3f holds "
        "%d of %d, its range %d; %.1f ms, then %.0f ms\n",
        kind.title, sum / estimated, std::sqrt(squares / estimated), deviations / estimated,
        inSample, estimated, inRange, first / estimated, whole / estimated);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3)
        return 1;
    try {
        setenv("BITLOOM_SAMPLE_DIR", sampleData().c_str(), 1);
        const auto workbench = Workbench::open(argv[1], torchEngines());
        CalibrationSettings text;
        text.text = readTextFile(argv[2]);
        text.windows = argc > 3 ? std::atoi(argv[3]) : 20;
        text.context = std::min<int64_t>(128, workbench->model().graph.contextLength);
        Progress progress;
        workbench->calibration().measureSensitivity(text, progress);
        for (const Kind& kind : kinds())
            benchKind(*workbench, kind, argc > 4 ? std::atoi(argv[4]) : 20);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
