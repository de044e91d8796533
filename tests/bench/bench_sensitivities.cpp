// SPDX-License-Identifier: GPL-3.0-or-later
// How well every sensitivity tells what is measured, on any model (core/workbench/lab/lab.h):
//   bench_sensitivities [--lines] MODEL CALIBRATION EVALUATION [WINDOWS [EVALUATED [SEEDS
//   [METRIC…]]]]
// --lines: every line is a text of its own, as for sentences and what was trained on them.
// Every quantizable slot alone with 2, 3 and 4 bits (asymmetric, group 32, nearest). Medians over
// the seeds of the sampled labels. Curvatures take most of the time by far: with "but-curvature"
// for METRIC they are left out, and may be asked for alone, on fewer windows and with one seed.
// What was measured is kept (BITLOOM_CACHE).
#include "core/workbench/lab/lab.h"
#include "core/workbench/lab/laboratory.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace bitloom;

namespace {

double median(std::vector<double> values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Of some figure of one metric.
template <typename Figure>
double medianOf(const std::vector<Lab>& labs, size_t metric, const Figure& figure)
{
    std::vector<double> values;
    for (const Lab& lab : labs)
        values.push_back(figure(lab.scores[metric]));
    return median(values);
}

void printTable(const std::vector<Lab>& labs)
{
    const Lab& first = labs.front();
    std::printf("%-22s %8s  within", "Spearman", "all");
    for (const std::string& scheme : first.schemes)
        std::printf(" %s", scheme.c_str());
    std::printf("; ln(predicted / measured)\n");
    for (size_t metric = 0; metric < first.metrics.size(); ++metric) {
        std::printf("%-22s %8.4f ", std::string(first.metrics[metric].id).c_str(),
                    medianOf(labs, metric, [](const LabScore& s) { return s.spearman; }));
        for (size_t choice = 0; choice < first.schemes.size(); ++choice)
            std::printf(" %6.3f", medianOf(labs, metric,
                                           [&](const LabScore& s) { return s.within[choice]; }));
        std::printf("  %+.3f, sd %.3f\n",
                    medianOf(labs, metric, [](const LabScore& s) { return s.ratio.mean; }),
                    medianOf(labs, metric, [](const LabScore& s) { return s.ratio.deviation; }));
    }
}

std::vector<std::string> butCurvature(const Graph& graph)
{
    std::vector<std::string> metrics;
    for (const SensitivityRow& row : sensitivities())
        if (row.appliesTo(graph) && row.id != kMeasuredSensitivity && row.id != "trace" &&
            row.id != "top-eigenvalue")
            metrics.emplace_back(row.id);
    return metrics;
}

LabSettings settingsOf(const Graph& graph, int argc, char** argv)
{
    LabSettings settings;
    settings.calibration.text = readTextFile(argv[2]);
    settings.calibration.windows = argc > 4 ? std::atoi(argv[4]) : 160;
    settings.evaluation.text = readTextFile(argv[3]);
    settings.evaluation.windows.windows = argc > 5 ? std::atoi(argv[5]) : 40;
    settings.evaluation.windows.context = settings.calibration.context;
    settings.metrics.assign(argv + std::min(argc, 7), argv + argc);
    if (settings.metrics == std::vector<std::string>{"but-curvature"})
        settings.metrics = butCurvature(graph);
    return settings;
}

} // namespace

int main(int argc, char** argv)
{
    const bool lines = argc > 1 && std::string_view(argv[1]) == "--lines";
    argc -= lines ? 1 : 0;
    argv += lines ? 1 : 0;
    if (argc < 4) {
        std::fprintf(stderr,
                     "bench_sensitivities [--lines] MODEL CALIBRATION EVALUATION [WINDOWS [JUDGED "
                     "[SEEDS [METRIC...]]]]\n");
        return 2;
    }
    try {
        const auto workbench = Workbench::open(argv[1], torchEngines());
        LabSettings settings = settingsOf(workbench->model().graph, argc, argv);
        settings.calibration.lines = lines;
        settings.evaluation.windows.lines = lines;
        const uint64_t seeds = argc > 6 ? static_cast<uint64_t>(std::atoi(argv[6])) : 3;
        Progress progress;
        std::vector<Lab> labs;
        for (settings.calibration.seed = 1; settings.calibration.seed <= seeds;
             ++settings.calibration.seed)
            labs.push_back(runLab(workbench->laboratory(), settings, progress));
        std::printf("%s: %zu points, %llu seeds\n", argv[1], labs.front().points.size(),
                    static_cast<unsigned long long>(seeds));
        printTable(labs);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
