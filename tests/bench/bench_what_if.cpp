// SPDX-License-Identifier: GPL-3.0-or-later
// How soon an edit is answered (target: 50 ms), on a generated Llama of 303 slots:
//   bench_what_if [HIDDEN [TRIALS]]
// Selections of 1, 30 and all slots are given another scheme, whose errors are unknown the first
// time and known the second; each answer is the prediction with its range, after TRIALS slots were
// measured alone. Of unknown ones the first answer may be a quick estimate. Then the same for all
// slots after looking ahead, as the window does while nothing else runs.
#include "core/base/random.h"
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/workbench/sample_workbench.h"

#include <chrono>
#include <cmath>
#include <cstdio>

using namespace bitloom;

namespace {

constexpr int kBlocks = 43; // of 7 slots, with embedding and head 303

/// Random weights; of so many tokens that the embedding is a slot like the others.
TinyLlama largeLlama(int64_t hidden)
{
    TinyLlama model;
    const int64_t inner = hidden * 5 / 2 / 32 * 32;
    model.configuration["hidden_size"] = hidden;
    model.configuration["intermediate_size"] = inner;
    model.configuration["num_hidden_layers"] = kBlocks;
    model.shapes.clear();
    model.shapes["model.embed_tokens.weight"] = model.shapes["lm_head.weight"] = {2048, hidden};
    model.shapes["model.norm.weight"] = {hidden};
    for (int block = 0; block < kBlocks; ++block) {
        const std::string name = "model.layers." + std::to_string(block) + ".";
        for (const char* part : {"q", "o"})
            model.shapes[name + "self_attn." + part + "_proj.weight"] = {hidden, hidden};
        for (const char* part : {"k", "v"})
            model.shapes[name + "self_attn." + part + "_proj.weight"] = {hidden / 2, hidden};
        for (const char* part : {"gate", "up"})
            model.shapes[name + "mlp." + part + "_proj.weight"] = {inner, hidden};
        model.shapes[name + "mlp.down_proj.weight"] = {hidden, inner};
        model.shapes[name + "input_layernorm.weight"] = {hidden};
        model.shapes[name + "post_attention_layernorm.weight"] = {hidden};
    }
    return model;
}

/// Made up: how long an answer takes does not depend on the factors.
Fisher someFisher(const Graph& graph)
{
    Fisher fisher;
    fisher.windows = 1;
    for (const Slot& slot : graph.slots) {
        SlotFisher& factors = fisher.slots.emplace_back();
        if (!slot.quantizable)
            continue;
        factors.rowSums.assign(static_cast<size_t>(slot.rows), 1e-4F);
        factors.columnSums.assign(static_cast<size_t>(slot.columns),
                                  1e-4F * static_cast<float>(slot.rows) /
                                      static_cast<float>(slot.columns));
        factors.total = 1e-4 * static_cast<double>(slot.rows);
    }
    return fisher;
}

std::vector<int> quantizable(const Graph& graph)
{
    std::vector<int> slots;
    for (size_t i = 0; i < graph.slots.size(); ++i)
        if (graph.slots[i].quantizable)
            slots.push_back(static_cast<int>(i));
    return slots;
}

struct Answer {
    double milliseconds = 0;
    Prediction prediction;
};
using Ask = std::optional<Prediction> (Predictions::*)(const Recipe&, Progress&);

Answer answered(Workbench& workbench, const Recipe& recipe, Ask ask = &Predictions::prediction)
{
    const auto from = std::chrono::steady_clock::now();
    Progress progress;
    const Size size = workbench.opened().size(recipe);
    const auto prediction = (workbench.predictions().*ask)(recipe, progress);
    const std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - from;
    if (!prediction || size.fileBytes == 0)
        std::printf("no answer\n");
    return {passed.count(), prediction.value_or(Prediction())};
}

/// As the window does while all is quiet: every slot with every width.
void lookAhead(Workbench& workbench, const Recipe& start)
{
    const auto from = std::chrono::steady_clock::now();
    size_t choices = 0;
    Progress progress;
    for (const char* bits : {"2", "3", "4", "5", "6", "8"})
        for (const int slot : quantizable(workbench.model().graph)) {
            const Slot& place = workbench.model().graph.slot(slot);
            SlotChoice choice = start.choice(place.name);
            choice.scheme = std::string("int") + bits + "-g32-sym";
            workbench.slotErrors().slotError(slot, choice, false, progress);
            ++choices;
        }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - from;
    std::printf("looking ahead at %zu choices: %.1f s\n", choices, passed.count());
}

void benchEdit(Workbench& workbench, const Recipe& start, size_t count, const char* scheme)
{
    const Graph& graph = workbench.model().graph;
    const std::vector<int> slots = quantizable(graph);
    Recipe edited = start;
    for (size_t i = 0; i < std::min(count, slots.size()); ++i) {
        const size_t at = i * slots.size() / std::min(count, slots.size());
        edited.slots[graph.slot(slots[at]).name].scheme = scheme;
    }
    const Answer first = answered(workbench, edited, &Predictions::quickEstimate);
    const Answer full = answered(workbench, edited);
    answered(workbench, start);
    std::printf("%3zu slots to %s: first answer in %.2f ms", count, scheme, first.milliseconds);
    if (first.prediction.isQuickEstimate) {
        const PredictionRange& seen = first.prediction.range;
        const PredictionRange& range = full.prediction.range;
        std::printf(
            ", a quick estimate, off by %+.1f %% (its range %.2g to %.2g, then %.2g to %.2g), full "
            "in %.2f ms",
            100 * (seen.value / range.value - 1), seen.low, seen.high, range.low, range.high,
            first.milliseconds + full.milliseconds);
    }
    std::printf("; known before %.2f ms\n", answered(workbench, edited).milliseconds);
}

/// As if the background measurer had been at work.
void pretendTrials(Workbench& workbench, const Recipe& recipe, size_t trials)
{
    Progress progress;
    const VariantKey variant = workbench.calibration().variant(recipe).key();
    const auto damages = *workbench.predictions().correctedDamages(variant, progress);
    for (size_t i = 0; i < std::min(trials, variant.slots.size()); ++i) {
        const double measured = damages[i] * (1 + 0.2 * randomNormal(1, i));
        workbench.measuredVariants().addTrial({{{variant.slots[i]}, {}}, "bench"},
                                              {measured, 0.05 * measured});
    }
}

} // namespace

int main(int argc, char** argv)
{
    const int64_t hidden = argc > 1 ? std::atoi(argv[1]) : 256;
    const size_t trials = argc > 2 ? static_cast<size_t>(std::atoi(argv[2])) : 300;
    try {
        const std::filesystem::path folder =
            std::filesystem::temp_directory_path() / "bitloom_bench_what_if";
        largeLlama(hidden).write(folder.string());
        const auto workbench = Workbench::open(folder.string(), torchEngines());
        std::filesystem::remove_all(folder);
        int64_t weights = 0;
        for (const Slot& slot : workbench->model().graph.slots)
            weights += slot.quantizable ? slot.weights() : 0;
        std::printf("%zu slots, %.1f million weights\n",
                    quantizable(workbench->model().graph).size(),
                    static_cast<double>(weights) / 1e6);
        CalibrationSettings text;
        text.text = readTextFile(sampleData() + "/calibration.txt");
        text.windows = 2;
        Progress progress;
        workbench->calibration().measureInputs(text, progress);
        workbench->calibration().setFisher(someFisher(workbench->model().graph));
        const Recipe start = uniform(workbench->model(), "int4-g32-sym", "mse");
        std::printf("all slots, nothing known: %.2f ms\n",
                    answered(*workbench, start).milliseconds);
        pretendTrials(*workbench, start, trials);
        std::printf("after %zu trials: %.2f ms\n", trials,
                    answered(*workbench, start).milliseconds);
        benchEdit(*workbench, start, 1, "int3-g32-sym");
        benchEdit(*workbench, start, 30, "int5-g32-sym");
        benchEdit(*workbench, start, 303, "int6-g32-sym");
        benchEdit(*workbench, start, 303, "int2-row-asym");
        lookAhead(*workbench, start);
        benchEdit(*workbench, start, 303, "int8-g32-sym");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
