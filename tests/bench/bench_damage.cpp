// SPDX-License-Identifier: GPL-3.0-or-later
// How well the damage predicts what is measured, on any model:
//   bench_damage MODEL CALIBRATION EVALUATION [EXAMPLES [JUDGED]]
// Every quantizable slot alone with 2, 3 and 4 bits (asymmetric, group 32, nearest), then uniform
// integer schemes and fits of their sizes. Measured: KL, or 1 − cosine of embeddings.
#include "tests/core/workbench/sample_bench.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

using namespace bitloom;

namespace {

struct Bench {
    std::shared_ptr<Workbench> workbench;
    JudgeSettings text;
    Progress progress;

    double measured(const Recipe& recipe)
    {
        EngineUse used;
        if (!workbench->model().graph.readsWholeTexts())
            return workbench->judgeText(recipe, text, progress, used).kl.value;
        const SentenceJudgement judged = workbench->judgeSentences(recipe, text, progress, used);
        return judged.kind == OutputKind::Embedding ? 1 - judged.cosine.value : judged.kl.value;
    }
    double predicted(const Recipe& recipe)
    {
        return workbench->predictedKl(recipe, progress).value();
    }
};

/// Ranks from 0; equal values share their mean rank.
std::vector<double> ranks(const std::vector<double>& values)
{
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return values[a] < values[b]; });
    std::vector<double> result(values.size());
    for (size_t from = 0; from < order.size();) {
        size_t to = from;
        while (to < order.size() && values[order[to]] == values[order[from]])
            ++to;
        for (size_t i = from; i < to; ++i)
            result[order[i]] = static_cast<double>(from + to - 1) / 2;
        from = to;
    }
    return result;
}

/// Spearman's correlation: Pearson's of the ranks.
double spearman(const std::vector<double>& a, const std::vector<double>& b)
{
    const std::vector<double> x = ranks(a);
    const std::vector<double> y = ranks(b);
    const double middle = static_cast<double>(a.size() - 1) / 2;
    double both = 0;
    double ofX = 0;
    double ofY = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        both += (x[i] - middle) * (y[i] - middle);
        ofX += (x[i] - middle) * (x[i] - middle);
        ofY += (y[i] - middle) * (y[i] - middle);
    }
    return both / std::sqrt(ofX * ofY);
}

void benchSlots(Bench& bench)
{
    std::vector<double> predicted;
    std::vector<double> measured;
    for (const Slot& slot : bench.workbench->model().graph.slots)
        for (const int bits : {2, 3, 4}) {
            if (!slot.quantizable)
                continue;
            Recipe recipe;
            recipe.target = "any";
            recipe.slots[slot.name].scheme = "int" + std::to_string(bits) + "-g32-asym";
            recipe.slots[slot.name].method = "nearest";
            predicted.push_back(bench.predicted(recipe));
            measured.push_back(bench.measured(recipe));
            std::printf("%-44s %d bits: predicted %.6f, measured %.6f\n", slot.name.c_str(), bits,
                        predicted.back(), measured.back());
        }
    std::printf("Spearman over %zu points: %.4f\n", predicted.size(),
                spearman(predicted, measured));
}

void benchSizes(Bench& bench)
{
    for (const int bits : {8, 6, 4, 3}) {
        const Recipe recipe =
            uniform(bench.workbench->model(), "int" + std::to_string(bits) + "-g32-sym");
        std::printf("uniform int%d-g32-sym: %.3f bits, predicted %.5f, measured %.5f\n", bits,
                    bench.workbench->size(recipe).bitsPerWeight(), bench.predicted(recipe),
                    bench.measured(recipe));
    }
    for (const double bits : {8.5, 6.5, 4.5, 4.0, 3.5}) {
        Recipe start;
        start.target = "any";
        const Recipe fitted = bench.workbench->fit(start, integerFit(bits), bench.progress).recipe;
        std::printf("fit: %.3f bits, predicted %.5f, measured %.5f\n",
                    bench.workbench->size(fitted).bitsPerWeight(), bench.predicted(fitted),
                    bench.measured(fitted));
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 4) {
        std::fprintf(stderr,
                     "bench_damage MODEL CALIBRATION EVALUATION [EXAMPLES [JUDGED [sizes]]]\n");
        return 2;
    }
    try {
        Bench bench;
        bench.workbench =
            Workbench::open(argv[1], [](std::shared_ptr<const Model> model,
                                        const WeightSource& weights, const std::string&,
                                        std::string&) { return makeTorchEngine(model, weights); });
        CalibrationSettings calibration;
        calibration.text = readTextFile(argv[2]);
        calibration.windows = argc > 4 ? std::atoi(argv[4]) : 160;
        bench.text.text = readTextFile(argv[3]);
        bench.text.windows.windows = argc > 5 ? std::atoi(argv[5]) : 0;
        bench.text.windows.context =
            std::min(calibration.context, bench.workbench->model().graph.contextLength);
        bench.workbench->measureSensitivity(calibration, bench.progress);
        if (argc <= 6)
            benchSlots(bench);
        benchSizes(bench);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
