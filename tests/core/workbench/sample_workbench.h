// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/writers.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/settings/fit_settings.h"
#include "core/workbench/workbench.h"
#include "tests/test_data.h"

#include <cstdlib>

namespace bitloom {

inline EngineFactory torchEngines()
{
    return [](std::shared_ptr<const Model> model, const WeightSource& weights, const std::string&,
              std::string&) { return makeTorchEngine(std::move(model), weights, {1}); };
}

/// The bundled sample, opened as the programs do.
inline std::shared_ptr<Workbench> openSample()
{
    setenv("BITLOOM_SAMPLE_DIR", sampleData().c_str(), 1);
    return Workbench::open("sample", torchEngines());
}

/// Windows of the sample's calibration text.
inline CalibrationSettings sampleCalibration(int64_t windows, int64_t context = 64)
{
    CalibrationSettings settings;
    settings.text = readTextFile(sampleData() + "/calibration.txt");
    settings.textName = "calibration.txt";
    settings.windows = windows;
    settings.context = context;
    return settings;
}

/// Windows of the sample's evaluation text, in torch.
inline EvaluationSettings sampleEvaluation(int64_t windows, int64_t context = 64)
{
    EvaluationSettings settings;
    settings.text = readTextFile(sampleData() + "/evaluation.txt");
    settings.windows.windows = windows;
    settings.windows.context = context;
    settings.engine = "torch";
    return settings;
}

inline Recipe uniform(const Model& model, const std::string& scheme,
                      const std::string& method = "nearest",
                      const std::string& target = "safetensors")
{
    Recipe recipe;
    recipe.target = target;
    for (const Slot& slot : model.graph.slots)
        if (slot.quantizable) {
            recipe.slots[slot.name].scheme = scheme;
            recipe.slots[slot.name].method = method;
        }
    return recipe;
}

/// Fit by the integer schemes, method nearest, in bits per weight.
inline FitSettings integerFit(double bits)
{
    FitSettings settings;
    settings.bitsPerWeight = bits;
    settings.methods = {"nearest"};
    for (const Scheme* scheme : schemes())
        if (scheme->id().substr(0, 3) == "int")
            settings.schemes.emplace_back(scheme->id());
    return settings;
}

inline TextEvaluation evaluated(Workbench& workbench, const std::optional<Recipe>& recipe,
                                const EvaluationSettings& settings)
{
    Progress progress;
    EngineUse used;
    return workbench.evaluations().evaluateText(recipe, settings, progress, used);
}

} // namespace bitloom
