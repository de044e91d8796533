// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/strip_feed.h"

#include "app/document/offers.h"
#include "app/jobs/lazy_refresh.h"
#include "app/words/widget_headers.h"

namespace bitloom {

StripFeed::StripFeed(Desk& desk, LayerTree* tree)
    : QObject(tree)
    , m_desk(desk)
    , m_tree(tree)
{
    auto* lazy = new LazyRefresh(tree, [this] { refresh(); });
    const auto request = [lazy] { lazy->request(); };
    connect(&desk.selection, &QItemSelectionModel::selectionChanged, lazy, request);
    connect(&desk.session, &Session::choicesChanged, lazy, request);
    connect(&desk.session, &Session::targetChanged, lazy, request);
    connect(&desk.session, &Session::opened, this, [this, lazy] {
        m_tree->expandAll();
        lazy->request();
    });
    connect(tree, &LayerTree::bitsKeyPressed, this, [this](int bits) { giveBits(m_desk, bits); });
    connect(tree, &LayerTree::schemeChosen, this, [this](const QString& scheme) {
        m_desk.session.setScheme(m_desk.selectedQuantizable(), scheme);
    });
    connect(tree, &LayerTree::lockRequested, this, [this](bool locked) {
        m_desk.session.setLocked(m_desk.selectedQuantizable(), locked);
    });
}

void StripFeed::refresh()
{
    const QList<int> chosen = m_desk.selectedQuantizable();
    QList<BitOption> options;
    if (!chosen.isEmpty()) {
        const QList<Offer> offers =
            Offers::brief(m_desk.session.model(), m_desk.session.recipe(), chosen);
        for (const Offer& offer : offers)
            options.append({offer.id, offer.label, offer.tooltip, offer.enabled, offer.current});
    }
    m_tree->bitStrip()->setOptions(options);
}

void giveBits(Desk& desk, int bits)
{
    const QList<int> chosen = desk.selectedQuantizable();
    if (chosen.isEmpty())
        return;
    Session& session = desk.session;
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

void hearBitKeys(Desk& desk, QWidget* view)
{
    QObject::connect(new BitKeys(view), &BitKeys::pressed, view,
                     [&desk](int bits) { giveBits(desk, bits); });
}

} // namespace bitloom
