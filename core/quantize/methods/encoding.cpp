// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/encoding.h"

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

} // namespace

bool Encoding::looksAtInputs() const
{
    return !scheme.empty() && !schemeNamed(scheme).isPlain() &&
           methodNamed(method).looksAtInputs().has_value();
}

void addTo(Fingerprint& key, const Encoding& encoding)
{
    forEachField(encoding, [&](const char*, const auto& field) { addField(key, field); });
}

} // namespace bitloom
