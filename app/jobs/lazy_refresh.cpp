// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/lazy_refresh.h"

#include <QEvent>

#include <utility>

namespace bitloom {

LazyRefresh::LazyRefresh(QWidget* panel, std::function<void()> refresh)
    : QObject(panel)
    , m_panel(panel)
    , m_refresh(std::move(refresh))
{
    m_soon.setSingleShot(true);
    m_soon.setInterval(10);
    connect(&m_soon, &QTimer::timeout, this, &LazyRefresh::run);
    panel->installEventFilter(this);
}

void LazyRefresh::request()
{
    m_stale = true;
    if (m_panel->isVisible() && !m_soon.isActive())
        m_soon.start();
}

bool LazyRefresh::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_panel && event->type() == QEvent::Show && m_stale)
        m_soon.start();
    return QObject::eventFilter(watched, event);
}

void LazyRefresh::run()
{
    if (m_stale && m_panel->isVisible()) {
        m_stale = false;
        m_refresh();
    }
}

} // namespace bitloom
