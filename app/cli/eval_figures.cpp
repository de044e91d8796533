// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/eval_parts.h"
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

void addComparison(Json& result, const Judgement& judgement)
{
    result["original_perplexity"] = judgement.originalPerplexity;
    addEstimate(result, "ln_perplexity_ratio", judgement.logPerplexityRatio);
    addEstimate(result, "kl_mean", judgement.kl);
    addEstimate(result, "kl_reverse_mean", judgement.reverseKl);
    for (size_t i = 0; i < kKlQuantiles.size(); ++i)
        result["kl_" + std::string(kKlQuantiles[i].key)] = judgement.klQuantiles[i];
    addEstimate(result, "top1_agreement", judgement.topAgreement);
    addEstimate(result, "top5_agreement", judgement.topFiveAgreement);
    result["kl_along"] = Json::array();
    for (const KlStretch& stretch : judgement.klAlong)
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
