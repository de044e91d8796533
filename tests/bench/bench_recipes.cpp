// SPDX-License-Identifier: GPL-3.0-or-later
// Fitted recipes against what others would do with as many bytes, on any language model:
//   bench_recipes MODEL CALIBRATION EVALUATION [WINDOWS [EVALUATED [MEASURED SECONDS [BITS…]]]]
// Integer schemes in groups of 32, 64 and 128, method mse for all; KL on a text the calibration
// never saw, with the paired difference to the fitted recipe. With MEASURED, a third text, slots
// are first tried alone on it for SECONDS, as the window does by itself, and ours are fitted by
// what that told; then recipes near the fitted one are measured on it for as long, and the best of
// them takes part too
// ("-" and 0: nothing is measured). BITS: of a weight.
#include "core/analyze/budget/budget.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/background_measurer.h"
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/sensitivities.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>

using namespace bitloom;

namespace {

/// Of one width: a step up is another width of the same kind.
constexpr size_t kKinds = 6;

/// From the smallest to the largest within each width.
const std::vector<std::string>& ladder()
{
    static const std::vector<std::string> kSchemes = [] {
        std::vector<std::string> schemes;
        for (const char* bits : {"2", "3", "4", "5", "6", "8"})
            for (const char* group : {"-g128", "-g64", "-g32"})
                for (const char* zero : {"-sym", "-asym"})
                    schemes.push_back(std::string("int") + bits + group + zero);
        return schemes;
    }();
    return kSchemes;
}

using Options = std::vector<std::vector<BudgetOption>>; ///< of each quantizable slot, each rung

struct Setup {
    std::shared_ptr<Workbench> workbench;
    CalibrationSettings calibration;
    EvaluationSettings text;
    std::optional<FitMeasurement> measurement;
    mutable std::map<std::string, Options> damages = {}; ///< by rival: the same for every size

    const Model& model() const { return workbench->model(); }
    int64_t bytes(const Recipe& recipe) const
    {
        return workbench->opened().size(recipe).quantizableBytes;
    }
    TextEvaluation evaluated(const Recipe& recipe) const
    {
        return bitloom::evaluated(*workbench, recipe, text);
    }
};

std::vector<int> quantizable(const Model& model)
{
    std::vector<int> slots;
    for (int slot = 0; slot < static_cast<int>(model.graph.slots.size()); ++slot)
        if (model.graph.slot(slot).quantizable)
            slots.push_back(slot);
    return slots;
}

const Slot& slotAt(const Model& model, int slot)
{
    return model.graph.slot(slot);
}

SlotChoice choiceOf(const std::string& scheme)
{
    SlotChoice choice;
    choice.scheme = scheme;
    return choice;
}

/// Our fit.
FitResult fitted(const Setup& setup, double bits, const std::optional<FitMeasurement>& measurement)
{
    Recipe start;
    start.target = "safetensors";
    FitSettings settings;
    settings.bitsPerWeight = bits;
    settings.schemes = ladder();
    settings.measurement = measurement;
    Progress progress;
    return setup.workbench->fits().fit(start, settings, progress);
}

Recipe fitted(const Setup& setup, double bits)
{
    return fitted(setup, bits, std::nullopt).recipe;
}

/// Tries slots alone, those of the recipe that is the best by what is known so far.
void trySlots(const Setup& setup, double bits)
{
    using Clock = std::chrono::steady_clock;
    const auto until = Clock::now() + std::chrono::duration<double>(setup.measurement->seconds);
    BackgroundMeasurer measurer(predictionsOf(setup.workbench), setup.measurement->text);
    Progress progress;
    while (Clock::now() < until) {
        const auto plan = measurer.plan(fitted(setup, bits), {}, progress);
        if (plan.empty() || !measurer.measure(plan.front(), progress))
            break;
    }
    std::printf("%zu slots and recipes tried\n",
                setup.workbench->measuredVariants().trials(progress).size());
}

void printMeasured(const MeasuredFit& measured)
{
    std::printf(
        "  measuring: %zu recipes, %s; on its own text KL %.5f to %.5f, saved %.5f ± %.5f%s\n",
        measured.tried.size(), measured.complete ? "no more ideas" : "time is up",
        measured.predictedBest.value, measured.found.value, measured.saved.value,
        measured.saved.standardError, measured.isBetter ? "" : ": not distinguishable");
}

Options damagesBy(const Setup& setup, const std::function<double(const WeightChange&)>& damage)
{
    const Model& model = setup.model();
    Options items;
    for (const int slot : quantizable(model)) {
        const Slot& place = slotAt(model, slot);
        const Matrix original = model.tensorOf(place).readRows(0, place.rows);
        std::vector<BudgetOption>& options = items.emplace_back();
        for (const std::string& scheme : ladder()) {
            const Matrix changed = TransformedModel(model).encode(slot, choiceOf(scheme)).decode();
            options.push_back(
                {slotBytes(model, place, scheme), damage({slot, original.view(), changed.view()})});
        }
    }
    return items;
}

/// The least sum of other people's damages by the same solver.
Recipe solved(const Setup& setup, double bits, const Options& items)
{
    const Model& model = setup.model();
    const std::vector<int> slots = quantizable(model);
    int64_t weights = 0;
    for (const int slot : slots)
        weights += slotAt(model, slot).weights();
    const auto budget = static_cast<int64_t>(bits * static_cast<double>(weights) / 8);
    const BudgetChoice chosen = BudgetSolver(items).within(budget);
    Recipe recipe;
    recipe.target = "safetensors";
    for (size_t i = 0; i < slots.size(); ++i)
        recipe.slots[slotAt(model, slots[i]).name] =
            choiceOf(ladder()[static_cast<size_t>(chosen.option[i])]);
    return recipe;
}

/// Windows that a trace is measured on: its samples are many.
constexpr int64_t kTraceWindows = 40;

/// By a row of sensitivities(); `relative`: of the damage of taking the slot away, as ExLlamaV2
/// weighs output errors.
Recipe solvedBy(const Setup& setup, double bits, const std::string& metric, bool relative = false)
{
    Options& items = setup.damages[metric + (relative ? ", relative" : "")];
    if (items.empty()) {
        Progress progress;
        CalibrationSettings calibration = setup.calibration;
        if (metric == "trace") // a product for every sample
            calibration.windows = std::min(calibration.windows, kTraceWindows);
        const auto sensitivity =
            setup.workbench->sensitivities().sensitivityBy(metric, calibration, progress);
        items = damagesBy(setup, [&](const WeightChange& change) {
            const double damage = sensitivity->damage(change, progress);
            if (!relative)
                return damage;
            const Matrix nothing(change.original.rows, change.original.columns);
            return damage /
                   sensitivity->damage({change.slot, change.original, nothing.view()}, progress);
        });
    }
    return solved(setup, bits, items);
}

Recipe onRung(const Model& model, size_t rung, const std::function<bool(const Slot&)>& favoured)
{
    Recipe recipe;
    recipe.target = "safetensors";
    for (const int slot : quantizable(model)) {
        const Slot& place = slotAt(model, slot);
        recipe.slots[place.name] = choiceOf(ladder()[rung + (favoured(place) ? kKinds : 0)]);
    }
    return recipe;
}

/// One rung for all, and one width more for slots that `favoured` names: of the widest that fits,
/// the best kind.
Recipe onRungs(const Setup& setup, double bits, const std::function<bool(const Slot&)>& favoured)
{
    Recipe best;
    for (size_t width = ladder().size() / kKinds - 1; best.slots.empty() && width-- > 0;) {
        double least = 0;
        for (size_t rung = width * kKinds; rung < (width + 1) * kKinds; ++rung) {
            const Recipe recipe = onRung(setup.model(), rung, favoured);
            if (setup.workbench->opened().size(recipe).bitsPerWeight() > bits)
                continue;
            const double kl = setup.evaluated(recipe).kl.value;
            if (best.slots.empty() || kl < least) {
                best = recipe;
                least = kl;
            }
        }
    }
    return best;
}

/// As llama.cpp's mixtures: more for the first and last eighth of the blocks, for value and down
/// projections, and for what stands outside the blocks.
bool favouredByPosition(const Graph& graph, const Slot& slot)
{
    const int edge = std::max(1, graph.blocks / 8);
    return slot.block < edge || slot.block >= graph.blocks - edge ||
           slot.role == Role::AttentionValue || slot.role == Role::FeedForwardDown;
}

struct Rival {
    const char* name;
    std::function<Recipe(const Setup&, double)> recipe;
};

const std::vector<Rival>& rivals()
{
    static const std::vector<Rival> kRivals = {
        {"uniform",
         [](const Setup& b, double bits) {
             return onRungs(b, bits, [](const Slot&) { return false; });
         }},
        {"position heuristic",
         [](const Setup& b, double bits) {
             return onRungs(b, bits, [&](const Slot& slot) {
                 return favouredByPosition(b.model().graph, slot);
             });
         }},
        {"ours, measured",
         [](const Setup& b, double bits) {
             if (!b.measurement)
                 return Recipe();
             const FitResult fit = fitted(b, bits, b.measurement);
             printMeasured(*fit.measured);
             return fit.recipe;
         }},
        {"HAWQ-V2 trace", [](const Setup& b, double bits) { return solvedBy(b, bits, "trace"); }},
        {"relative output error",
         [](const Setup& b, double bits) { return solvedBy(b, bits, "output-error", true); }},
        {"relative weight error",
         [](const Setup& b, double bits) { return solvedBy(b, bits, "weight-error", true); }},
        {"weight error",
         [](const Setup& b, double bits) { return solvedBy(b, bits, "weight-error"); }},
        {"noise (HIGGS)", [](const Setup& b, double bits) { return solvedBy(b, bits, "noise"); }},
    };
    return kRivals;
}

void measureSize(const Setup& setup, double bits)
{
    if (setup.measurement)
        trySlots(setup, bits);
    const Recipe ours = fitted(setup, bits);
    const TextEvaluation evaluation = setup.evaluated(ours);
    std::printf("%.1f bits: fitted %.4f, KL %.5f ± %.5f\n", bits,
                setup.workbench->opened().size(ours).bitsPerWeight(), evaluation.kl.value,
                evaluation.kl.standardError);
    for (const Rival& rival : rivals()) {
        const Recipe recipe = rival.recipe(setup, bits);
        if (recipe.slots.empty()) {
            std::printf("  %-22s nothing this small\n", rival.name);
            continue;
        }
        // Of theirs that leave bytes unused, ours is fitted anew to what they took.
        const double theirBits = setup.workbench->opened().size(recipe).bitsPerWeight();
        const bool smaller = setup.bytes(recipe) < setup.bytes(ours);
        const Recipe same = smaller ? fitted(setup, theirBits) : ours;
        const TextEvaluation theirs = setup.evaluated(recipe);
        const TextEvaluation against = smaller ? setup.evaluated(same) : evaluation;
        const Estimate difference = pairedDifference(theirs.klBlocks, against.klBlocks);
        if (difference.value == 0 && difference.standardError == 0) {
            std::printf("  %-22s %.4f bits: the same recipe\n", rival.name, theirBits);
            continue;
        }
        std::printf("  %-22s %.4f bits: KL %.5f; ours at %.4f: %.5f; difference %+.5f ± %.5f "
                    "(%.1f standard errors)\n",
                    rival.name, theirBits, theirs.kl.value,
                    setup.workbench->opened().size(same).bitsPerWeight(), against.kl.value,
                    difference.value, difference.standardError,
                    difference.value / difference.standardError);
    }
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 4) {
        std::fprintf(stderr, "bench_recipes MODEL CALIBRATION EVALUATION "
                             "[WINDOWS [JUDGED [MEASURED SECONDS [BITS…]]]]\n");
        return 2;
    }
    try {
        Setup setup;
        setup.workbench = Workbench::open(argv[1], torchEngines());
        setup.calibration.text = readTextFile(argv[2]);
        setup.calibration.windows = argc > 4 ? std::atoi(argv[4]) : 160;
        setup.text.text = readTextFile(argv[3]);
        setup.text.windows.windows = argc > 5 ? std::atoi(argv[5]) : 0;
        setup.text.windows.context =
            std::min(setup.calibration.context, setup.model().graph.contextLength);
        if (argc > 7 && argv[6] != std::string("-")) {
            setup.measurement.emplace();
            setup.measurement->text.text = readTextFile(argv[6]);
            setup.measurement->text.windows = setup.text.windows;
            setup.measurement->text.windows.windows = 320;
            setup.measurement->seconds = std::atof(argv[7]);
        }
        Progress progress;
        setup.workbench->calibration().measureSensitivity(setup.calibration, progress);
        std::vector<double> sizes = {2.5, 3.0, 3.5, 4.0, 4.5};
        if (argc > 8)
            sizes.clear();
        for (int i = 8; i < argc; ++i)
            sizes.push_back(std::atof(argv[i]));
        for (const double bits : sizes)
            measureSize(setup, bits);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
