// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>
#include <QWidget>

#include <functional>

namespace bitloom {

/// Refreshes a panel soon after it is asked to, many requests at once; while the panel is hidden it
/// only notes that it is stale and refreshes when shown.
class LazyRefresh : public QObject {
    Q_OBJECT

public:
    /// Becomes a child of `panel`.
    LazyRefresh(QWidget* panel, std::function<void()> refresh);

    void request();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void run();

    QWidget* m_panel;
    std::function<void()> m_refresh;
    QTimer m_soon;
    bool m_stale = false;
};

} // namespace bitloom
