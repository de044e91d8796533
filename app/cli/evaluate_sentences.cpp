// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/evaluate_results.h"
#include "app/cli/terminal.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

void addClasses(Json& result, const SentenceEvaluation& evaluation)
{
    if (evaluation.labelled) {
        addEstimate(result, "accuracy", evaluation.accuracy);
        addEstimate(result, "f1", evaluation.f1);
    }
    if (!evaluation.compared)
        return;
    if (evaluation.labelled)
        addEstimate(result, "original_accuracy", evaluation.originalAccuracy);
    addEstimate(result, "kl_mean", evaluation.kl);
    addEstimate(result, "agreement", evaluation.agreement);
}

} // namespace

Json sentenceResult(Workbench& workbench, const std::optional<Recipe>& recipe,
                    const EvaluationSettings& settings, bool progress)
{
    EngineUse used;
    SentenceEvaluation evaluation;
    {
        TerminalProgress shown(progress);
        evaluation = workbench.evaluations().evaluateSentences(recipe, settings, shown, used);
    }
    printNotice(used.notice);
    if (evaluation.examples == 0)
        endIfInterrupted("evaluate");
    Json result = {{"examples", evaluation.examples},
                   {"cut", evaluation.cut},
                   {"engine", used.id},
                   {"text", settings.textName},
                   {"context", workbench.model().graph.contextLength}};
    if (evaluation.kind == OutputKind::Class) {
        addClasses(result, evaluation);
    } else {
        addEstimate(result, "cosine_mean", evaluation.cosine);
        result["cosine_min"] = evaluation.cosineMin;
    }
    if (recipe) {
        const Size size = workbench.opened().size(*recipe);
        result["bits_per_weight"] = size.bitsPerWeight();
        result["bytes"] = size.fileBytes;
    }
    return result;
}

void printSentences(const Json& result)
{
    print("examples           %s, %s of them cut at %s tokens (%s)\n",
          result["examples"].dump().c_str(), result["cut"].dump().c_str(),
          result["context"].dump().c_str(), result["engine"].get<std::string>().c_str());
    printEstimate(result, "accuracy", "accuracy");
    printEstimate(result, "F1", "f1");
    printEstimate(result, "original accuracy", "original_accuracy");
    printEstimate(result, "KL divergence", "kl_mean");
    printEstimate(result, "agreement", "agreement");
    printEstimate(result, "cosine", "cosine_mean");
    if (result.contains("cosine_min"))
        print("lowest cosine      %.5f\n", result["cosine_min"].get<double>());
    if (result.contains("bytes"))
        print("size               %.4f bits per weight, %s bytes\n",
              result["bits_per_weight"].get<double>(), result["bytes"].dump().c_str());
}

} // namespace bitloom
