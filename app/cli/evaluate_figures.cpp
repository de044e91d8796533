// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/evaluate_results.h"
#include "app/cli/terminal.h"

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

void printQuantiles(const Json& result)
{
    print("%-18s", "KL of a token");
    const char* separator = " ";
    for (const KlQuantile& quantile : kKlQuantiles) {
        print("%s%s %.5f", separator, quantile.title,
              result["kl_" + std::string(quantile.key)].get<double>());
        separator = ", ";
    }
    print("\n");
}

} // namespace

void addEstimate(Json& result, const std::string& name, const Estimate& estimate)
{
    result[name] = estimate.value;
    result[name + "_standard_error"] = estimate.standardError;
}

void printEstimate(const Json& result, const char* title, const std::string& name)
{
    if (result.contains(name))
        print("%-18s %.5f ± %.5f\n", title, result[name].get<double>(),
              result[name + "_standard_error"].get<double>());
}

void addComparison(Json& result, const TextEvaluation& evaluation)
{
    result["original_perplexity"] = evaluation.originalPerplexity;
    addEstimate(result, "ln_perplexity_ratio", evaluation.logPerplexityRatio);
    addEstimate(result, "kl_mean", evaluation.kl);
    addEstimate(result, "kl_reverse_mean", evaluation.reverseKl);
    for (size_t i = 0; i < kKlQuantiles.size(); ++i)
        result["kl_" + std::string(kKlQuantiles[i].key)] = evaluation.klQuantiles[i];
    addEstimate(result, "top1_agreement", evaluation.topAgreement);
    addEstimate(result, "top5_agreement", evaluation.topFiveAgreement);
    result["kl_along"] = Json::array();
    for (const KlStretch& stretch : evaluation.klAlong)
        result["kl_along"].push_back({{"first", stretch.first},
                                      {"last", stretch.last},
                                      {"predictions", stretch.predictions},
                                      {"kl", stretch.kl}});
}

void printComparison(const Json& result)
{
    print("original           %.4f\n", result["original_perplexity"].get<double>());
    printEstimate(result, "ln ratio", "ln_perplexity_ratio");
    printEstimate(result, "KL divergence", "kl_mean");
    printEstimate(result, "KL, other way", "kl_reverse_mean");
    printQuantiles(result);
    for (const Json& stretch : result["kl_along"])
        print("  after %4s–%-4s    %.5f (%s predictions)\n", stretch["first"].dump().c_str(),
              stretch["last"].dump().c_str(), stretch["kl"].get<double>(),
              stretch["predictions"].dump().c_str());
    printEstimate(result, "top-1 agreement", "top1_agreement");
    printEstimate(result, "top-5 agreement", "top5_agreement");
}

} // namespace bitloom
