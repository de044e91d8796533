// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/selection_history.h"

namespace bitloom {

namespace {

constexpr int kRestMs = 300;
constexpr qsizetype kMostPages = 100;

} // namespace

SelectionHistory::SelectionHistory(ApplicationContext& context, QObject* parent)
    : QObject(parent)
    , m_context(context)
{
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);
    connect(&m_rest, &QTimer::timeout, this, &SelectionHistory::note);
    connect(&context.selection, &QItemSelectionModel::selectionChanged, &m_rest,
            qOverload<>(&QTimer::start));
    connect(&context.session, &Session::aboutToOpen, this, &SelectionHistory::clear);
}

void SelectionHistory::clear()
{
    m_pages.clear();
    m_at = -1;
    m_rest.stop();
    Q_EMIT changed();
}

void SelectionHistory::note()
{
    m_rest.stop();
    const QList<int> page = m_context.selectedSlots();
    if (page.isEmpty() || (m_at >= 0 && m_pages[m_at] == page))
        return;
    m_pages.resize(m_at + 1);
    m_pages.append(page);
    if (m_pages.size() > kMostPages)
        m_pages.removeFirst();
    m_at = m_pages.size() - 1;
    Q_EMIT changed();
}

void SelectionHistory::goBack()
{
    note();
    goTo(m_at - 1);
}

void SelectionHistory::goForward()
{
    note();
    goTo(m_at + 1);
}

void SelectionHistory::goTo(qsizetype page)
{
    if (page < 0 || page >= m_pages.size())
        return;
    m_at = page;
    m_context.select(m_pages[page]);
    m_rest.stop();
    Q_EMIT changed();
}

} // namespace bitloom
