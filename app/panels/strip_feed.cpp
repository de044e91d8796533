// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/strip_feed.h"

#include "app/document/offers.h"
#include "app/jobs/lazy_refresh.h"
#include "app/words/widget_headers.h"

namespace bitloom {

StripFeed::StripFeed(ApplicationContext& context, LayerTree* tree)
    : QObject(tree)
    , m_context(context)
    , m_tree(tree)
{
    auto* lazy = new LazyRefresh(tree, [this] { refresh(); });
    const auto request = [lazy] { lazy->request(); };
    connect(&context.selection, &QItemSelectionModel::selectionChanged, lazy, request);
    connect(&context.session, &Session::choicesChanged, lazy, request);
    connect(&context.session, &Session::targetChanged, lazy, request);
    connect(&context.session, &Session::opened, this, [this, lazy] {
        m_tree->expandAll();
        lazy->request();
    });
    connect(tree, &LayerTree::bitsKeyPressed, this,
            [this](int bits) { giveBits(m_context, bits); });
    connect(tree, &LayerTree::schemeChosen, this, [this](const QString& scheme) {
        m_context.session.setScheme(m_context.selectedQuantizable(), scheme);
    });
    connect(tree, &LayerTree::lockRequested, this, [this](bool locked) {
        m_context.session.setLocked(m_context.selectedQuantizable(), locked);
    });
}

void StripFeed::refresh()
{
    const QList<int> chosen = m_context.selectedQuantizable();
    QList<BitOption> options;
    if (!chosen.isEmpty()) {
        const QList<Offer> offers =
            Offers::brief(m_context.session.model(), m_context.session.recipe(), chosen);
        for (const Offer& offer : offers)
            options.append({offer.id, offer.label, offer.tooltip, offer.enabled, offer.current});
    }
    m_tree->bitStrip()->setOptions(options);
}

void giveBits(ApplicationContext& context, int bits)
{
    const QList<int> chosen = context.selectedQuantizable();
    if (chosen.isEmpty())
        return;
    Session& session = context.session;
    const std::optional<QString> scheme =
        Offers::forKey(session.model(), session.recipe(), chosen, bits);
    if (scheme)
        session.setScheme(chosen, *scheme);
    else
        Q_EMIT session.message(
            Loudness::Warning,
            StripFeed::tr(
                "The target %1 has no scheme with %2 bits that all %3 selected layers can have.")
                .arg(QString::fromStdString(session.recipe().target))
                .arg(bits)
                .arg(chosen.size()));
}

void hearBitKeys(ApplicationContext& context, QWidget* view)
{
    QObject::connect(new BitKeys(view), &BitKeys::pressed, view,
                     [&context](int bits) { giveBits(context, bits); });
}

} // namespace bitloom
