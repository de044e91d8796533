// SPDX-License-Identifier: GPL-3.0-or-later
// How well whole recipes are predicted, on any model:
//   bench_predictions MODEL CALIBRATION EVALUATION [WINDOWS [EVALUATED [TRIALS HELD-OUT]]]
// Uniform integer schemes, fits of several sizes, and the same with GPTQ. Ranges once as they are
// before anything was evaluated, and once as learnt from all recipes before. With TRIALS instead:
// 20 random recipes, as predicted before and after so many measurements by the background measurer,
// which sees other recipes and another text.
#include "core/analyze/numerics/rank_correlation.h"
#include "core/base/random.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/background_measurer.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

using namespace bitloom;

namespace {

struct Named {
    std::string name;
    Recipe recipe;
};

std::vector<Named> uniformRecipes(const Model& model, const std::string& method)
{
    std::vector<Named> recipes;
    for (const char* scheme :
         {"int8-g32-sym", "int6-g32-sym", "int5-g32-asym", "int4-g32-asym", "int4-g32-sym",
          "int4-g128-asym", "int3-g32-asym", "int3-g64-asym", "int3-g32-sym", "int2-g32-asym"})
        recipes.push_back({scheme + (" " + method), uniform(model, scheme, method, "safetensors")});
    return recipes;
}

std::vector<Named> fittedRecipes(Workbench& workbench, const std::string& method)
{
    std::vector<Named> recipes;
    for (const double bits : {6.5, 5.5, 5.0, 4.5, 4.25, 4.0, 3.75, 3.5, 3.25, 3.0}) {
        Recipe start;
        start.target = "safetensors";
        Progress progress;
        FitSettings settings = integerFit(bits);
        settings.methods = {method};
        char name[64];
        std::snprintf(name, sizeof name, "fit %.2f %s", bits, method.c_str());
        recipes.push_back({name, workbench.fits().fit(start, settings, progress).recipe});
    }
    return recipes;
}

struct Point {
    double predicted = 0;
    Estimate measured;
};

void printScores(const char* title, const std::vector<Point>& points, int covered, int corrected)
{
    std::vector<double> predicted;
    std::vector<double> measured;
    int small = 0;
    int smallNear = 0;
    int middle = 0;
    int middleNear = 0;
    for (const Point& point : points) {
        predicted.push_back(point.predicted);
        measured.push_back(point.measured.value);
        const double miss = std::abs(point.predicted / point.measured.value - 1);
        small += point.measured.value <= 0.05;
        smallNear += point.measured.value <= 0.05 && miss <= 0.1;
        const bool between = point.measured.value > 0.05 && point.measured.value <= 0.3;
        middle += between;
        middleNear += between && miss <= 0.2;
    }
    const LogRatio ratio = logRatio(predicted, measured);
    std::printf(
        "%s: Spearman %.4f; ln(predicted / measured) %+.3f, sd %.3f; within 10 %% up to "
        "0.05: %d of %d; within 20 %% up to 0.3: %d of %d; in the range %d of %zu, learning "
        "%d\n",
        title, spearman(predicted, measured), ratio.mean, ratio.deviation, smallNear, small,
        middleNear, middle, covered, points.size(), corrected);
}

bool holds(const PredictionRange& range, double value)
{
    return value >= range.low && value <= range.high;
}

void benchRecipes(Workbench& workbench, const EvaluationSettings& text, const std::string& method,
                  PredictionError& learnt)
{
    std::vector<Named> recipes = uniformRecipes(workbench.model(), method);
    for (Named& fitted : fittedRecipes(workbench, method))
        recipes.push_back(std::move(fitted));
    const PredictionError untaught;
    std::vector<Point> points;
    int covered = 0;
    int corrected = 0;
    Progress progress;
    for (const Named& named : recipes) {
        const DamageSum damages =
            workbench.predictions().prediction(named.recipe, progress)->damages;
        EngineUse used;
        const Estimate measured =
            workbench.evaluations().evaluate(named.recipe, text, progress, used).divergence();
        const PredictionRange before = untaught.range(damages);
        const PredictionRange after = learnt.range(damages);
        learnt.learn(damages, measured);
        covered += holds(before, measured.value);
        corrected += holds(after, measured.value);
        points.push_back({damages.total, measured});
        std::printf("%-28s predicted %.5f (%.5f to %.5f), learnt %.5f (%.5f to %.5f), measured "
                    "%.5f ± %.5f, %+.1f %%\n",
                    named.name.c_str(), damages.total, before.low, before.high, after.value,
                    after.low, after.high, measured.value, measured.standardError,
                    100 * (damages.total / measured.value - 1));
    }
    printScores(method.c_str(), points, covered, corrected);
}

/// Every slot near a mean width of its own: what a person tries.
Recipe randomRecipe(const Model& model, uint64_t seed)
{
    constexpr std::array<int, 6> kBits = {2, 3, 4, 5, 6, 8};
    Recipe recipe;
    recipe.target = "safetensors";
    const double middle = 0.6 + 3 * randomUniform(seed, 0);
    uint64_t draw = 1;
    for (const Slot& slot : model.graph.slots) {
        if (!slot.quantizable)
            continue;
        const double rung = middle + 0.8 * randomNormal(seed, draw);
        const bool symmetric = randomUniform(seed, draw + 1) < 0.5;
        draw += 2;
        const int bits = kBits[static_cast<size_t>(std::clamp(std::lround(rung), 0L, 5L))];
        recipe.slots[slot.name].scheme =
            "int" + std::to_string(bits) + (symmetric ? "-g32-sym" : "-g32-asym");
    }
    return recipe;
}

void printRandom(const char* title, Workbench& workbench, const std::vector<Recipe>& recipes,
                 const std::vector<Estimate>& measured, size_t trials)
{
    std::vector<Point> points;
    int covered = 0;
    double missed = 0;
    double width = 0;
    Progress progress;
    for (size_t i = 0; i < recipes.size(); ++i) {
        const PredictionRange range =
            workbench.predictions().prediction(recipes[i], progress)->range;
        points.push_back({range.value, measured[i]});
        covered += holds(range, measured[i].value);
        missed += std::abs(std::log(range.value / measured[i].value));
        width += std::log(range.high / range.low) / 2;
    }
    const auto all = static_cast<double>(recipes.size());
    std::printf("%zu trials: mean |ln(predicted / measured)| %.4f, half range %.3f; ", trials,
                missed / all, width / all);
    printScores(title, points, covered, covered);
    std::fflush(stdout);
}

void benchMeasurer(const std::shared_ptr<Workbench>& workbench, const EvaluationSettings& text,
                   const EvaluationSettings& heldOut, size_t trials)
{
    constexpr uint64_t kRecipes = 20;
    constexpr uint64_t kVisited = 8;
    std::vector<Recipe> recipes;
    std::vector<Estimate> measured;
    std::vector<Estimate> onHeldOut;
    EvaluationSettings seen = heldOut;
    seen.windows.windows = BackgroundMeasurer::kMostWindows;
    for (uint64_t seed = 0; seed < kRecipes; ++seed) { // nothing learns from these evaluations
        recipes.push_back(randomRecipe(workbench->model(), seed));
        measured.push_back(evaluated(*workbench, recipes.back(), text).kl);
        onHeldOut.push_back(evaluated(*workbench, recipes.back(), seen).kl);
    }
    const auto print = [&](size_t done) {
        printRandom("evaluation text", *workbench, recipes, measured, done);
        printRandom("held-out text", *workbench, recipes, onHeldOut, done);
    };
    print(0);
    BackgroundMeasurer measurer(predictionsOf(workbench), heldOut);
    Progress progress;
    for (size_t done = 0; done < trials;) {
        const Recipe present = randomRecipe(workbench->model(), 1000 + done * kVisited / trials);
        const auto plan = measurer.plan(present, {}, progress);
        if (!plan.empty())
            measurer.measure(plan.front(), progress);
        if (++done % std::max<size_t>(1, trials / 4) == 0)
            print(done);
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 4) {
        std::fprintf(stderr, "bench_predictions MODEL CALIBRATION EVALUATION "
                             "[WINDOWS [JUDGED [TRIALS HELD-OUT]]]\n");
        return 2;
    }
    try {
        const auto workbench = Workbench::open(argv[1], torchEngines());
        CalibrationSettings calibration;
        calibration.text = readTextFile(argv[2]);
        calibration.windows = argc > 4 ? std::atoi(argv[4]) : 160;
        EvaluationSettings text;
        text.text = readTextFile(argv[3]);
        text.windows.windows = argc > 5 ? std::atoi(argv[5]) : 64;
        text.windows.context =
            std::min(calibration.context, workbench->model().graph.contextLength);
        Progress progress;
        workbench->calibration().measureSensitivity(calibration, progress);
        if (argc > 7) {
            EvaluationSettings heldOut = text;
            heldOut.text = readTextFile(argv[7]);
            heldOut.windows.windows = 0;
            benchMeasurer(workbench, text, heldOut, static_cast<size_t>(std::atoi(argv[6])));
            return 0;
        }
        PredictionError learnt;
        for (const char* method : {"nearest", "mse", "gptq", "gptq-order"})
            benchRecipes(*workbench, text, method, learnt);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
