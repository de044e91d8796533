// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/curvature.h"

#include "app/cli/terminal.h"
#include "core/base/error.h"
#include "core/workbench/prediction/curvatures.h"
#include "core/workbench/settings/evaluation.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

CurvatureRequest requestOf(const CalibrationOptions& calibration, const CurvatureOptions& options,
                           const Model& model)
{
    CurvatureRequest request;
    request.text = calibration.read(model);
    request.samples = options.samples;
    if (options.loss == "cross-entropy")
        request.loss = CurvatureLoss::CrossEntropy;
    return request;
}

Json headJson(const CurvatureRequest& request, const CurvatureOptions& options)
{
    return {{"text", request.text.textName},
            {"context", request.text.context},
            {"windows", request.text.windows},
            {"seed", request.text.seed},
            {"loss", options.loss}};
}

Json curvaturesJson(const Model& model, const std::vector<CurvatureDamage>& damages)
{
    Json slots = Json::array();
    for (const CurvatureDamage& found : damages) {
        const SlotCurvature& curvature = found.curvature;
        slots.push_back({{"name", model.graph.slot(curvature.slot).name},
                         {"curvature", curvature.value},
                         {"uncertainty", curvature.uncertainty},
                         {"products", curvature.products},
                         {"converged", curvature.converged},
                         {"damage", found.damage}});
    }
    return slots;
}

void printDamages(const Json& result)
{
    const CurvatureMeasure& measure = curvatureMeasureNamed(result["measure"].get<std::string>());
    print("%s, and the damage of 4 bits (%s) by it (%s): %s; %s\n",
          std::string(measure.title).c_str(), result["reference"].get<std::string>().c_str(),
          std::string(measure.source).c_str(), result["quantity"].get<std::string>().c_str(),
          result["text"].get<std::string>().c_str());
    print("%-40s %12s %12s %9s %12s\n", "slot", "curvature", "±", "products", "damage");
    for (const Json& slot : result["slots"])
        print("%-40s %12.4g %11.2g%s %9s %12.4g\n", slot["name"].get<std::string>().c_str(),
              slot["curvature"].get<double>(), slot["uncertainty"].get<double>(),
              slot["converged"].get<bool>() ? " " : "*", slot["products"].dump().c_str(),
              slot["damage"].get<double>());
    print("%-40s %12s %12s %9s %12.4g\n", "total", "", "", "", result["total"].get<double>());
    if (std::ranges::any_of(result["slots"],
                            [](const Json& slot) { return !slot["converged"].get<bool>(); }))
        print("* not as sure as asked for\n");
}

Json measureDamages(Workbench& workbench, const CurvatureRequest& request,
                    const CurvatureOptions& options, Progress& progress)
{
    const auto damages = workbench.curvatures().curvature(options.measure, request, progress);
    Json result = headJson(request, options);
    result["measure"] = options.measure;
    result["reference"] = "int4-g32-sym:nearest";
    result["quantity"] = quantityTitle(workbench.model().graph.output);
    double total = 0;
    for (const CurvatureDamage& found : damages)
        total += found.damage;
    result["total"] = total;
    result["slots"] = curvaturesJson(workbench.model(), damages);
    return result;
}

std::vector<int> slotsNamed(const Model& model, const std::string& name)
{
    if (name == "all")
        return {};
    if (const int slot = model.graph.findSlot(name); slot >= 0)
        return {slot};
    throw Error("curvature", "there is no slot " + name + "; `info` lists them");
}

Json measureDensity(Workbench& workbench, const CurvatureRequest& request,
                    const CurvatureOptions& options, Progress& progress)
{
    DensitySettings settings = options.lanczos;
    settings.seed = request.text.seed;
    const SpectralDensity density = workbench.curvatures().density(
        slotsNamed(workbench.model(), options.density), request, settings, progress);
    Json result = headJson(request, options);
    result["slot"] = options.density;
    result["steps"] = density.steps;
    result["starts"] = Json::array();
    for (const SpectralNodes& nodes : density.starts)
        result["starts"].push_back({{"eigenvalues", nodes.values}, {"weights", nodes.weights}});
    if (!density.starts.empty()) {
        const SpectralDensity::Curve curve = density.curve();
        result["eigenvalues"] = curve.values;
        result["density"] = curve.density;
    }
    return result;
}

/// CSV.
void printDensity(const Json& result)
{
    print("eigenvalue,density\n");
    if (!result.contains("density"))
        return;
    for (size_t i = 0; i < result["density"].size(); ++i)
        print("%.9g,%.9g\n", result["eigenvalues"][i].get<double>(),
              result["density"][i].get<double>());
}

} // namespace

void CurvatureOptions::add(CLI::App& command)
{
    std::vector<std::string> ids;
    for (const CurvatureMeasure& row : curvatureMeasures())
        ids.emplace_back(row.id);
    auto* measured =
        command.add_option("--curvature", measure, "by second derivatives of the loss")
            ->check(CLI::IsMember(ids));
    command
        .add_option("--density", density, "density of the Hessian's eigenvalues, of a slot or all")
        ->excludes(measured);
    command.add_option("--loss", loss, "what is differentiated: KL to the original's own output")
        ->check(CLI::IsMember({"kl", "cross-entropy"}))
        ->capture_default_str();
    command.add_option("--samples", samples, "of a trace, at most")
        ->check(CLI::Range(int64_t{1}, kLargestOption))
        ->capture_default_str();
    command.add_option("--steps", lanczos.steps, "of Lanczos, for a density")
        ->check(CLI::Range(int64_t{1}, int64_t{1000}))
        ->capture_default_str();
    command.add_option("--starts", lanczos.starts, "random vectors, for a density")
        ->check(CLI::Range(int64_t{1}, int64_t{1000}))
        ->capture_default_str();
}

void runCurvature(const ModelOptions& model, const CalibrationOptions& calibration,
                  const CurvatureOptions& options)
{
    const auto workbench = model.open();
    const CurvatureRequest request = requestOf(calibration, options, workbench->model());
    const bool damages = !options.measure.empty();
    Json result;
    {
        TerminalProgress progress(model.progress);
        result = damages ? measureDamages(*workbench, request, options, progress)
                         : measureDensity(*workbench, request, options, progress);
    }
    if (model.json)
        printJson(result);
    else
        damages ? printDamages(result) : printDensity(result);
    endIfInterrupted("sensitivity");
}

} // namespace bitloom
