// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QTimer>

namespace bitloom {

/// Which layers were selected before, like a browser's pages.
class SelectionHistory : public QObject {
    Q_OBJECT

public:
    explicit SelectionHistory(ApplicationContext& context, QObject* parent = nullptr);

    qsizetype count() const { return m_pages.size(); }
    bool canGoBack() const { return m_at > 0; }
    bool canGoForward() const { return m_at + 1 < m_pages.size(); }
    void goBack();
    void goForward();

Q_SIGNALS:
    void changed();

private:
    void note();
    void clear();
    void goTo(qsizetype page);

    ApplicationContext& m_context;
    QList<QList<int>> m_pages;
    qsizetype m_at = -1;
    QTimer m_rest; ///< a selection counts when it rests
};

} // namespace bitloom
