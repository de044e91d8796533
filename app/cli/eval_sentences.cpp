// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/eval_parts.h"
#include "app/cli/terminal.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

void addClasses(Json& result, const SentenceJudgement& judgement)
{
    if (judgement.labelled) {
        addEstimate(result, "accuracy", judgement.accuracy);
        addEstimate(result, "f1", judgement.f1);
    }
    if (!judgement.compared)
        return;
    if (judgement.labelled)
        addEstimate(result, "original_accuracy", judgement.originalAccuracy);
    addEstimate(result, "kl_mean", judgement.kl);
    addEstimate(result, "agreement", judgement.agreement);
}

} // namespace

Json evalSentences(Workbench& bench, const std::optional<Recipe>& recipe,
                   const JudgeSettings& settings, bool progress)
{
    EngineUse used;
    SentenceJudgement judgement;
    {
        TerminalProgress shown(progress);
        judgement = bench.evaluations().judgeSentences(recipe, settings, shown, used);
    }
    printNotice(used.notice);
    if (judgement.examples == 0)
        endIfInterrupted("eval");
    Json result = {{"examples", judgement.examples},
                   {"cut", judgement.cut},
                   {"engine", used.id},
                   {"text", settings.textName},
                   {"context", bench.model().graph.contextLength}};
    if (judgement.kind == OutputKind::Class) {
        addClasses(result, judgement);
    } else {
        addEstimate(result, "cosine_mean", judgement.cosine);
        result["cosine_min"] = judgement.cosineMin;
    }
    if (recipe) {
        const Size size = bench.opened().size(*recipe);
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
