// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/offers.h"

#include "core/quantize/recipe/scheme_of_bits.h"

#include <algorithm>
#include <numeric>

namespace bitloom {

namespace {

/// The selected slots whose rows the scheme does not accept.
QStringList misfits(const Model& model, const QList<int>& slotIndices, const Scheme& scheme)
{
    QStringList names;
    for (const int slot : slotIndices) {
        if (!scheme.accepts(model.graph.slot(slot).columns))
            names.append(QString::fromStdString(model.graph.slot(slot).name));
    }
    return names;
}

bool allHave(const Model& model, const Recipe& recipe, const QList<int>& slotIndices,
             std::string_view scheme)
{
    return std::all_of(slotIndices.begin(), slotIndices.end(), [&](int slot) {
        return recipe.choice(model.graph.slot(slot).name).scheme == scheme;
    });
}

QString shortened(const QStringList& names)
{
    return names.size() <= 3
               ? names.join(", ")
               : Offers::tr("%1 and %n more", nullptr, static_cast<int>(names.size()) - 2)
                     .arg(names.mid(0, 2).join(", "));
}

Offer offerOf(const Model& model, const Recipe& recipe, const QList<int>& slotIndices,
              const Scheme& scheme)
{
    const QString id = QString::fromUtf8(scheme.id());
    const QStringList unable = misfits(model, slotIndices, scheme);
    const QString tooltip =
        unable.isEmpty() ? QString::fromStdString(scheme.description())
                         : Offers::tr("%1 does not fit the rows of %2").arg(id, shortened(unable));
    return {id,
            id,
            tooltip,
            unable.isEmpty(),
            allHave(model, recipe, slotIndices, scheme.id()),
            scheme.traits().brief};
}

QList<int> allSlots(const Model& model)
{
    QList<int> slots(static_cast<qsizetype>(model.graph.slots.size()));
    std::iota(slots.begin(), slots.end(), 0);
    return slots;
}

/// The slot with a scheme, by the method it has, unless that takes long or keeps it as stored.
void addQuick(Offers::Choices& choices, const Model& model, const Recipe& recipe, int slot,
              const QString& scheme)
{
    SlotChoice choice = recipe.choice(model.graph.slot(slot).name);
    choice.scheme = scheme.toStdString();
    if (!choice.scheme.empty() && !choice.needsCalibration() && !choice.correction)
        choices.append({slot, choice});
}

} // namespace

QList<int> Offers::quantizable(const Model& model, const QList<int>& slotIndices)
{
    QList<int> result;
    std::copy_if(slotIndices.begin(), slotIndices.end(), std::back_inserter(result),
                 [&](int slot) { return model.graph.slot(slot).quantizable; });
    return result;
}

QList<Offer> Offers::all(const Model& model, const Recipe& recipe, const QList<int>& slotIndices)
{
    const QList<int> chosen = quantizable(model, slotIndices);
    const Target& target = targetNamed(recipe.target);
    QList<Offer> offers{{{},
                         tr("stored"),
                         tr("Keep the weights as the checkpoint stores them (0)"),
                         true,
                         allHave(model, recipe, chosen, "")}};
    for (const Scheme* scheme : schemes()) {
        if (target.holds(*scheme))
            offers.append(offerOf(model, recipe, chosen, *scheme));
    }
    return chosen.isEmpty() ? QList<Offer>() : offers;
}

QList<Offer> Offers::brief(const Model& model, const Recipe& recipe, const QList<int>& slotIndices)
{
    QList<Offer> offers = all(model, recipe, slotIndices);
    offers.removeIf([](const Offer& offer) { return !offer.brief && !offer.current; });
    return offers;
}

std::optional<QString> Offers::forKey(const Model& model, const Recipe& recipe,
                                      const QList<int>& slotIndices, int bits)
{
    if (bits == 0)
        return QString();
    const QList<int> chosen = quantizable(model, slotIndices);
    const Scheme* scheme =
        schemeOfBits(model, {chosen.begin(), chosen.end()}, targetNamed(recipe.target), bits);
    return scheme ? std::optional(QString::fromUtf8(scheme->id())) : std::nullopt;
}

Offers::Choices Offers::keyed(const Model& model, const Recipe& recipe)
{
    Choices choices;
    for (const int bits : kKeyBits)
        for (const int slot : quantizable(model, allSlots(model)))
            addQuick(choices, model, recipe, slot,
                     forKey(model, recipe, {slot}, bits).value_or(QString()));
    return choices;
}

Offers::Choices Offers::shown(const Model& model, const Recipe& recipe)
{
    Choices choices;
    for (const int slot : quantizable(model, allSlots(model))) {
        const QList<Offer> offers = brief(model, recipe, {slot});
        for (const Offer& offer : offers)
            if (offer.enabled)
                addQuick(choices, model, recipe, slot, offer.id);
    }
    return choices;
}

} // namespace bitloom
