// SPDX-License-Identifier: GPL-3.0-or-later
// bench_decode [MODEL [ENGINE]]: how far the time of a token that a fit predicts, from products
// timed alone and a rest, is from what the whole network then takes (default: the sample, Vulkan).
#include "app/engines/engines.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>

using namespace bitloom;

namespace {

double measured(const Workbench& workbench, const EngineFactory& engines, const std::string& id,
                const Recipe& recipe)
{
    std::string notice;
    const auto engine =
        engines(workbench.sharedModel(), Variant(TransformedModel(workbench.sharedModel()), recipe),
                id, notice);
    double least = 1;
    for (int round = 0; round < 5; ++round) // other work on the machine only ever slows down
        least = std::min(least, decodeSeconds(*engine, workbench.model().graph));
    return least;
}

void row(const char* name, double predicted, double found)
{
    std::printf("  %-24s %9.3f %9.3f %+8.1f %%\n", name, predicted * 1e3, found * 1e3,
                100 * (predicted / found - 1));
}

void benchModel(const std::string& path, const std::string& id)
{
    const EngineFactory engines = makeEngines();
    const auto workbench = Workbench::open(path, engines);
    const Model& model = workbench->model();
    CalibrationSettings text;
    text.text = readTextFile(sampleData() + "/calibration.txt");
    text.windows = 8;
    text.context = std::min<int64_t>(64, model.graph.contextLength);
    Progress progress;
    workbench->calibration().measureSensitivity(text, progress);
    FitSettings settings = integerFit(4);
    settings.bitsPerWeight.reset();
    settings.decode = {1000, id};
    Recipe start;
    start.target = "safetensors";
    const auto from = std::chrono::steady_clock::now();
    const FitResult ample = workbench->fits().fit(start, settings, progress);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - from;
    const DecodeTimes& times = *ample.decode;
    std::printf("%s, %s: %zu products timed, fit in %.1f s; %.3f ms a token beside products\n",
                model.name.c_str(), times.engine.c_str(), times.products.size(), passed.count(),
                times.rest * 1e3);
    std::printf("  %-24s %9s %9s\n", "recipe", "predicted", "measured, ms a token");
    for (const char* scheme :
         {"int2-g32-sym", "int3-g32-asym", "int4-g32-sym", "int6-g32-sym", "int8-g32-sym"}) {
        const Recipe recipe = uniform(model, scheme);
        row(scheme, times.ofToken(model, recipe), measured(*workbench, engines, id, recipe));
    }
    const double least = times.ofToken(model, uniform(model, "int2-g32-sym"));
    for (const double share : {0.25, 0.5, 0.75}) {
        settings.decode->seconds = least + share * (ample.decodeSeconds - least);
        try {
            const FitResult fit = workbench->fits().fit(start, settings, progress);
            char name[64];
            std::snprintf(name, sizeof name, "fit to %.3f ms (KL %.4f)",
                          settings.decode->seconds * 1e3, fit.predictedKl);
            row(name, fit.decodeSeconds, measured(*workbench, engines, id, fit.recipe));
        } catch (const std::exception& error) {
            std::printf("  fit to %.3f ms: %s\n", settings.decode->seconds * 1e3, error.what());
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    setenv("BITLOOM_SAMPLE_DIR", sampleData().c_str(), 1);
    try {
        benchModel(argc > 1 ? argv[1] : "sample", argc > 2 ? argv[2] : "vulkan");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
