// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/encoding/encoding.h"

#include "core/quantize/corrections/correction.h"
#include "core/quantize/methods/method.h"

namespace bitloom {

namespace {

void addField(Fingerprint& key, const std::string& text)
{
    key.add(text);
}

void addField(Fingerprint& key, const std::optional<double>& number)
{
    key.add(number.has_value());
    key.add(number.value_or(0));
}

/// Nothing where there is none: keys are what they were before there were corrections.
void addField(Fingerprint& key, const std::optional<CorrectionStep>& step)
{
    if (step)
        key.add(rowChoiceText(*step));
}

void addField(Fingerprint& key, const std::map<std::string, double>& numbers)
{
    if (!numbers.empty())
        key.add(rowChoiceText({"parameters", numbers}));
}

} // namespace

bool Encoding::needsCalibration() const
{
    if (scheme.empty())
        return false;
    return (!schemeNamed(scheme).isPlain() && methodNamed(method).needsCalibration().has_value()) ||
           (correction && correctionNamed(correction->id).needsInputs);
}

void addTo(Fingerprint& key, const Encoding& encoding)
{
    forEachField(encoding, [&](const char*, const auto& field) { addField(key, field); });
}

} // namespace bitloom
